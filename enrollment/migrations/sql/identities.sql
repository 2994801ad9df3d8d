-- Interviews carry their interviewer's signature, screening facts say what the interviews found, and what stands in the
-- vault is sealed and stays with the subject it was recorded for.

CREATE FUNCTION stepwise_interview() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    signed jsonb;
    subject text;
    signature public.trial_electronicsignature%ROWTYPE;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF (to_jsonb(NEW) - 'withdrawn_at' - 'withdrawn_by_id' - 'withdrawn_reason')
           <> (to_jsonb(OLD) - 'withdrawn_at' - 'withdrawn_by_id' - 'withdrawn_reason')
           OR OLD.withdrawn_at IS NOT NULL OR NEW.withdrawn_at > public.trial_now() THEN
            PERFORM public.stepwise_refuse('INT-FIXED', 'a signed interview can only be withdrawn, and only once');
        END IF;
        RETURN NEW;
    END IF;
    signed := public.stepwise_signed(NEW.signature_id, 'support_interview');
    SELECT code INTO subject FROM public.enrollment_subject WHERE id = NEW.subject_id;
    SELECT * INTO signature FROM public.trial_electronicsignature WHERE id = NEW.signature_id;
    IF signed IS NULL OR (NEW.kind, signature.role) NOT IN (('INVESTIGATOR', 'principal_investigator'),
                                                            ('SOCIAL_WORKER', 'social_worker'))
       OR NEW.recorded_at <> signature.signed_at
       OR NOT signed @> jsonb_build_object('type', 'support_interview', 'subject', subject, 'kind', NEW.kind,
                                           'held_on', NEW.held_on, 'supported', NEW.supported, 'note', NEW.note) THEN
        PERFORM public.stepwise_refuse('INT-UNSIGNED', 'an interview carries the signature of the person who held it');
    END IF;
    IF EXISTS (
        SELECT 1 FROM public.enrollment_supportinterview i
        JOIN public.trial_electronicsignature s ON s.id = i.signature_id
        WHERE i.subject_id = NEW.subject_id AND i.withdrawn_at IS NULL AND i.kind <> NEW.kind
          AND s.signer_id = signature.signer_id
    ) THEN
        PERFORM public.stepwise_refuse('INT-SAME-PERSON', 'the two interviews are held by two different people');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER b_interview BEFORE INSERT OR UPDATE ON public.enrollment_supportinterview
    FOR EACH ROW EXECUTE FUNCTION public.stepwise_interview();

-- What a screening says about family support is what the interview in force found. Values of before there were
-- interviews stay as they are until somebody changes them.
CREATE FUNCTION stepwise_support_facts() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    fact text;
    wanted text;
    found jsonb;
BEGIN
    FOR fact, wanted IN VALUES ('family_support_investigator', 'INVESTIGATOR'),
                               ('family_support_social_worker', 'SOCIAL_WORKER') LOOP
        CONTINUE WHEN TG_OP = 'UPDATE' AND (NEW.facts -> fact) IS NOT DISTINCT FROM (OLD.facts -> fact);
        SELECT to_jsonb(i.supported) INTO found FROM public.enrollment_supportinterview i
        WHERE i.subject_id = NEW.subject_id AND i.kind = wanted AND i.withdrawn_at IS NULL;
        IF (NEW.facts -> fact) IS DISTINCT FROM found THEN
            PERFORM public.stepwise_refuse('INT-FACT', format('%s is what the signed interview in force found', fact));
        END IF;
    END LOOP;
    RETURN NEW;
END $$;
CREATE TRIGGER b_support_facts BEFORE INSERT OR UPDATE ON public.enrollment_screening
    FOR EACH ROW EXECUTE FUNCTION public.stepwise_support_facts();

-- The other way round: an interview that comes or goes is told to the screening by the end of the transaction.
CREATE FUNCTION stepwise_interview_told() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    fact text := CASE NEW.kind WHEN 'INVESTIGATOR' THEN 'family_support_investigator'
                               ELSE 'family_support_social_worker' END;
    stated jsonb;
    found jsonb;
BEGIN
    SELECT c.facts -> fact INTO stated FROM public.enrollment_screening c
    WHERE c.subject_id = NEW.subject_id ORDER BY c.attempt DESC LIMIT 1;
    SELECT to_jsonb(i.supported) INTO found FROM public.enrollment_supportinterview i
    WHERE i.subject_id = NEW.subject_id AND i.kind = NEW.kind AND i.withdrawn_at IS NULL;
    IF stated IS DISTINCT FROM found THEN
        PERFORM public.stepwise_refuse('INT-FACT', format('%s is what the signed interview in force found', fact));
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER c_interview_told AFTER INSERT OR UPDATE ON public.enrollment_supportinterview
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.stepwise_interview_told();

CREATE FUNCTION stepwise_identity() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.subject_id <> OLD.subject_id OR NEW.study_id <> OLD.study_id OR NEW.key_id <> OLD.key_id THEN
        PERFORM public.stepwise_refuse('IDV-FIXED', 'an identity stays with the subject and the key it was recorded for');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER b_identity BEFORE UPDATE ON public.enrollment_subjectidentity
    FOR EACH ROW EXECUTE FUNCTION public.stepwise_identity();

SELECT stepwise_append_only(name) FROM unnest(ARRAY[
    'enrollment_screeningfailure', 'enrollment_identityopening', 'enrollment_consentdocument',
    'enrollment_documentopening'
]) AS name;
SELECT stepwise_regulate(name) FROM unnest(ARRAY[
    'enrollment_screeningfailure', 'enrollment_identityopening', 'enrollment_consentdocument',
    'enrollment_documentopening', 'enrollment_supportinterview', 'enrollment_subjectidentity', 'enrollment_vaultkey'
]) AS name;
