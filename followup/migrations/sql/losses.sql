-- A loss begins while the participant holds a slot, between the latest infusion and the site's today; being found ends it.
CREATE FUNCTION stepwise_loss() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    subject public.enrollment_subject%ROWTYPE;
    zone text;
    seen_on date;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF OLD.found_at IS NOT NULL
           OR (to_jsonb(NEW) - 'found_at' - 'found_by_id' - 'found_reason')
              <> (to_jsonb(OLD) - 'found_at' - 'found_by_id' - 'found_reason') THEN
            PERFORM public.stepwise_refuse('LST-FIXED', 'a loss to follow-up is kept; being found ends it, once');
        END IF;
        IF NEW.found_at > public.trial_now() THEN
            PERFORM public.stepwise_refuse('LST-FUTURE', 'nobody is found in the future');
        END IF;
        RETURN NEW;
    END IF;
    SELECT * INTO subject FROM public.enrollment_subject WHERE id = NEW.subject_id;
    SELECT z.timezone INTO zone FROM public.trial_site z WHERE z.id = subject.site_id;
    IF subject.state NOT IN ('ALLOCATED', 'ON_TREATMENT', 'FOLLOW_UP')
       OR subject.withdrawn_on IS NOT NULL OR subject.died_at IS NOT NULL THEN
        PERFORM public.stepwise_refuse('LST-STATE', 'only who holds a slot and has not left is followed up');
    END IF;
    IF NEW.found_at IS NOT NULL OR NEW.recorded_at > public.trial_now()
       OR NEW.lost_on > (public.trial_now() AT TIME ZONE zone)::date THEN
        PERFORM public.stepwise_refuse('LST-FUTURE', 'nobody is lost from a day in the future');
    END IF;
    IF NEW.lost_on < (subject.registered_at AT TIME ZONE zone)::date THEN
        PERFORM public.stepwise_refuse('LST-EARLY', 'nobody is lost before registration');
    END IF;
    SELECT max((seen.at AT TIME ZONE zone)::date) INTO seen_on FROM (
        SELECT i.started_at AS at FROM public.dosing_infusion i WHERE i.subject_id = subject.id
        UNION ALL
        SELECT v.done_at FROM public.followup_visit v WHERE v.subject_id = subject.id AND v.state = 'DONE'
    ) seen;
    IF NEW.lost_on < seen_on THEN
        PERFORM public.stepwise_refuse('LST-SEEN', 'nobody is lost before the day on which they were seen last');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER b_loss BEFORE INSERT OR UPDATE ON public.followup_losstofollowup
    FOR EACH ROW EXECUTE FUNCTION public.stepwise_loss();

-- The day on the subject is that of the open loss: the gate reads no other, and without the record it cannot be set.
CREATE FUNCTION stepwise_subject_lost() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.lost_on IS NOT DISTINCT FROM OLD.lost_on THEN
        RETURN NEW;
    END IF;
    IF NEW.lost_on IS DISTINCT FROM (
        SELECT l.lost_on FROM public.followup_losstofollowup l WHERE l.subject_id = NEW.id AND l.found_at IS NULL
    ) THEN
        PERFORM public.stepwise_refuse('LST-RECORD', 'a loss to follow-up begins and ends with its record');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER b_subject_lost BEFORE INSERT OR UPDATE OF lost_on ON public.enrollment_subject
    FOR EACH ROW EXECUTE FUNCTION public.stepwise_subject_lost();

-- What was said on the telephone is kept as it was entered; it can only be voided, once.
CREATE FUNCTION stepwise_contact() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (
        OLD.voided_at IS NOT NULL
        OR (to_jsonb(NEW) - 'voided_at' - 'voided_by_id' - 'voided_reason')
           <> (to_jsonb(OLD) - 'voided_at' - 'voided_by_id' - 'voided_reason')
    ) THEN
        PERFORM public.stepwise_refuse('PHN-FIXED', 'a telephone contact is kept; it can only be voided, and once');
    END IF;
    IF NEW.recorded_at > public.trial_now() OR NEW.contacted_at > public.trial_now() THEN
        PERFORM public.stepwise_refuse('PHN-FUTURE', 'a call does not lie in the future');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER b_contact BEFORE INSERT OR UPDATE ON public.followup_telephonecontact
    FOR EACH ROW EXECUTE FUNCTION public.stepwise_contact();

SELECT stepwise_regulate(name) FROM unnest(ARRAY['followup_losstofollowup', 'followup_telephonecontact']) AS name;
