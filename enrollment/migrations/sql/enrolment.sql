-- Screening facts keep their hash, a snapshot carries a signature over what it says, a slot needs an open cohort.

CREATE FUNCTION stepwise_screening() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    -- jsonb text is canonical: keys sorted, numbers normalised, duplicates gone.
    NEW.facts_sha256 := encode(sha256(convert_to(NEW.facts::text, 'UTF8')), 'hex');
    RETURN NEW;
END $$;
CREATE TRIGGER b_screening BEFORE INSERT OR UPDATE ON public.enrollment_screening
    FOR EACH ROW EXECUTE FUNCTION public.stepwise_screening();

CREATE FUNCTION stepwise_snapshot() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    signed jsonb := public.stepwise_signed(NEW.signature_id, 'eligibility');
    subject text;
    signed_sha text;
    signed_role text;
BEGIN
    SELECT u.code INTO subject FROM public.enrollment_screening c
    JOIN public.enrollment_subject u ON u.id = c.subject_id WHERE c.id = NEW.screening_id;
    SELECT content_sha256, role INTO signed_sha, signed_role
    FROM public.trial_electronicsignature WHERE id = NEW.signature_id;
    IF signed IS NULL OR signed_sha <> NEW.content_sha256
       OR NEW.content_sha256 <> encode(sha256(convert_to(NEW.content, 'UTF8')), 'hex')
       OR signed_role NOT IN ('principal_investigator', 'subinvestigator')
       OR NOT signed @> jsonb_build_object('type', 'eligibility', 'subject', subject,
                                           'facts_sha256', NEW.facts_sha256, 'overall', NEW.overall) THEN
        PERFORM public.stepwise_refuse('ELG-UNSIGNED', 'an eligibility snapshot carries an investigator''s signature over itself');
    END IF;
    IF EXISTS (
        SELECT 1 FROM public.enrollment_eligibilitysnapshot n
        JOIN public.trial_electronicsignature older ON older.id = n.signature_id
        JOIN public.trial_electronicsignature own ON own.id = NEW.signature_id
        WHERE n.screening_id = NEW.screening_id AND older.signed_at >= own.signed_at
    ) THEN
        PERFORM public.stepwise_refuse('ELG-SUPERSEDED', 'a later verdict of this screening is signed already');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER b_snapshot BEFORE INSERT ON public.enrollment_eligibilitysnapshot
    FOR EACH ROW EXECUTE FUNCTION public.stepwise_snapshot();

CREATE FUNCTION stepwise_allocation() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    cohort_of_slot bigint;
    study_of_slot bigint;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF (to_jsonb(NEW) - 'vacated_at' - 'vacated_reason') <> (to_jsonb(OLD) - 'vacated_at' - 'vacated_reason')
           OR OLD.vacated_at IS NOT NULL OR NEW.vacated_at > public.trial_now() THEN
            PERFORM public.stepwise_refuse('ALC-FIXED', 'an allocation can only be vacated, and only once');
        END IF;
        RETURN NEW;
    END IF;
    SELECT s.cohort_id, c.study_id INTO cohort_of_slot, study_of_slot
    FROM public.trial_slot s JOIN public.trial_cohort c ON c.id = s.cohort_id WHERE s.id = NEW.slot_id;
    PERFORM 1 FROM public.trial_study WHERE id = study_of_slot FOR NO KEY UPDATE;
    IF NOT EXISTS (
        SELECT 1 FROM public.trial_cohortclearance k
        WHERE k.cohort_id = cohort_of_slot AND k.revoked_at IS NULL
          AND (k.valid_until IS NULL OR k.valid_until > public.trial_now())
    ) THEN
        PERFORM public.stepwise_refuse('ALC-COHORT-CLOSED', 'the cohort of this slot is not open');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER b_allocation BEFORE INSERT OR UPDATE ON public.enrollment_allocation
    FOR EACH ROW EXECUTE FUNCTION public.stepwise_allocation();

-- Signatures, holds and labels name the subject by code; a death and a withdrawal are facts that do not go away.
CREATE FUNCTION stepwise_subject() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.code <> OLD.code OR NEW.study_id <> OLD.study_id OR NEW.site_id <> OLD.site_id
       OR NEW.registered_at <> OLD.registered_at OR NEW.registered_by_id <> OLD.registered_by_id THEN
        PERFORM public.stepwise_refuse('SUB-FIXED', 'what a subject was registered with is never changed');
    END IF;
    IF (OLD.died_at IS NOT NULL AND (NEW.died_at IS NULL OR NEW.died_at > OLD.died_at))
       OR (OLD.withdrawn_on IS NOT NULL AND (NEW.withdrawn_on IS NULL OR NEW.withdrawn_on > OLD.withdrawn_on)) THEN
        PERFORM public.stepwise_refuse('SUB-ENDED', 'a death or a withdrawal is not undone or put off');
    END IF;
    -- One day of grace: a site's today can be tomorrow in UTC.
    IF NEW.died_at > public.trial_now()
       OR NEW.withdrawn_on > (public.trial_now() AT TIME ZONE 'UTC')::date + 1 THEN
        PERFORM public.stepwise_refuse('SUB-TIME', 'a death or a withdrawal does not lie in the future');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER b_subject BEFORE UPDATE ON public.enrollment_subject
    FOR EACH ROW EXECUTE FUNCTION public.stepwise_subject();

-- A consent can only be withdrawn, now or before, and its withdrawal only widened in scope.
CREATE FUNCTION stepwise_consent() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF (to_jsonb(NEW) - 'withdrawn_at' - 'withdrawal_scope' - 'withdrawal_reason')
       <> (to_jsonb(OLD) - 'withdrawn_at' - 'withdrawal_scope' - 'withdrawal_reason')
       OR (OLD.withdrawn_at IS NOT NULL AND NEW.withdrawn_at IS DISTINCT FROM OLD.withdrawn_at)
       OR NEW.withdrawn_at > public.trial_now() THEN
        PERFORM public.stepwise_refuse('CON-FIXED', 'an answer to the consent is kept; it can only be withdrawn, and once');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER b_consent BEFORE UPDATE ON public.enrollment_informedconsent
    FOR EACH ROW EXECUTE FUNCTION public.stepwise_consent();

CREATE FUNCTION stepwise_consent_version() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF (to_jsonb(NEW) - 'reconsent_required') <> (to_jsonb(OLD) - 'reconsent_required')
       OR (OLD.reconsent_required AND NOT NEW.reconsent_required) THEN
        PERFORM public.stepwise_refuse('CON-VERSION-FIXED', 'an approved consent form is never changed');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER b_consent_version BEFORE UPDATE ON public.enrollment_consentversion
    FOR EACH ROW EXECUTE FUNCTION public.stepwise_consent_version();

SELECT stepwise_append_only('enrollment_eligibilitysnapshot');
SELECT stepwise_regulate(name) FROM unnest(ARRAY[
    'enrollment_subject', 'enrollment_consentversion', 'enrollment_informedconsent', 'enrollment_screening',
    'enrollment_eligibilitysnapshot', 'enrollment_allocation'
]) AS name;
