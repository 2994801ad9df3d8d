-- Whose identity is recorded, by whom and on what ground; who looked, in which role. The values are sealed: of them the
-- database knows nothing, so that its own copies and logs hold nothing.

CREATE FUNCTION stepwise_acting_person() RETURNS bigint
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT (nullif(current_setting('stepwise.context', true), '')::jsonb ->> 'actor_id')::bigint
$$;

CREATE OR REPLACE FUNCTION stepwise_identity() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF NEW.subject_id <> OLD.subject_id OR NEW.study_id <> OLD.study_id OR NEW.key_id <> OLD.key_id THEN
            PERFORM public.stepwise_refuse('IDV-FIXED', 'an identity stays with the subject and the key it was recorded for');
        END IF;
        IF coalesce(nullif(current_setting('stepwise.context', true), '')::jsonb ->> 'reason', '') = '' THEN
            PERFORM public.stepwise_refuse('IDV-REASON', 'an identity is corrected with a reason');
        END IF;
    ELSIF NOT EXISTS (
        SELECT 1 FROM public.enrollment_subject s WHERE s.id = NEW.subject_id AND s.study_id = NEW.study_id
    ) OR NOT EXISTS (SELECT 1 FROM public.enrollment_vaultkey k WHERE k.id = NEW.key_id AND k.use = 'CONTENT') THEN
        PERFORM public.stepwise_refuse('IDV-FIXED', 'an identity belongs to a subject of its study, under a key of its own');
    END IF;
    IF NOT EXISTS (
        SELECT 1 FROM public.enrollment_informedconsent c WHERE c.subject_id = NEW.subject_id AND c.status = 'SIGNED'
    ) THEN
        PERFORM public.stepwise_refuse('IDV-CONSENT', 'an identity is recorded of a participant who signed the consent');
    END IF;
    -- Without its mark, a person would not be known again under another code.
    IF NEW.person_mark !~ '^[0-9a-f]{64}$'
       OR (TG_OP = 'UPDATE' AND NEW.person_mark <> OLD.person_mark AND NEW.sealed = OLD.sealed) THEN
        PERFORM public.stepwise_refuse('IDV-MARK', 'the mark of a person changes with what is sealed, and is never empty');
    END IF;
    IF NEW.recorded_by_id IS DISTINCT FROM public.stepwise_acting_person() OR NEW.recorded_at > public.trial_now() THEN
        PERFORM public.stepwise_refuse('IDV-FORGED', 'an identity is recorded by whoever acts, and not in the future');
    END IF;
    RETURN NEW;
END $$;
DROP TRIGGER b_identity ON public.enrollment_subjectidentity;
CREATE TRIGGER b_identity BEFORE INSERT OR UPDATE ON public.enrollment_subjectidentity
    FOR EACH ROW EXECUTE FUNCTION public.stepwise_identity();

-- Ten minutes: a request that had to wait for the study lock still tells the truth about when it asked.
CREATE FUNCTION stepwise_identity_opening() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.opened_by_id IS DISTINCT FROM public.stepwise_acting_person()
       OR NEW.opened_at NOT BETWEEN public.trial_now() - interval '10 minutes' AND public.trial_now() THEN
        PERFORM public.stepwise_refuse('IDV-FORGED', 'an opening is recorded by whoever opens, when they open');
    END IF;
    IF NEW.role NOT IN ('principal_investigator', 'subinvestigator', 'coordinator', 'nurse', 'social_worker', 'monitor')
       OR NOT EXISTS (
        SELECT 1 FROM public.enrollment_subjectidentity i
        JOIN public.enrollment_subject s ON s.id = i.subject_id
        JOIN public.trial_site t ON t.id = s.site_id
        JOIN public.trial_membership m ON m.study_id = s.study_id AND (m.site_id IS NULL OR m.site_id = s.site_id)
        WHERE i.id = NEW.identity_id AND m.user_id = NEW.opened_by_id AND m.role = NEW.role
          AND m.valid_from <= (NEW.opened_at AT TIME ZONE t.timezone)::date
          AND (m.valid_until IS NULL OR m.valid_until >= (NEW.opened_at AT TIME ZONE t.timezone)::date)
    ) THEN
        PERFORM public.stepwise_refuse('IDV-ROLE', 'an identity is opened in a role at its site that may open it');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER b_identity_opening BEFORE INSERT ON public.enrollment_identityopening
    FOR EACH ROW EXECUTE FUNCTION public.stepwise_identity_opening();

CREATE FUNCTION stepwise_vault_key() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.id <> OLD.id OR NEW.use <> OLD.use OR NEW.wrapped_at < OLD.wrapped_at THEN
        PERFORM public.stepwise_refuse('IDV-FIXED', 'of a key of the vault only its wrapping is renewed');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER b_vault_key BEFORE UPDATE ON public.enrollment_vaultkey
    FOR EACH ROW EXECUTE FUNCTION public.stepwise_vault_key();
