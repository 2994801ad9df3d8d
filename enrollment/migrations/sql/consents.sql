-- A withdrawal is only widened, a consent form only gains the demand to sign it again, and a signed page is what was
-- uploaded with a signed answer.

CREATE OR REPLACE FUNCTION stepwise_consent() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    narrow_to_wide text[] := ARRAY['', 'TREATMENT', 'FOLLOW_UP', 'DATA_USE', 'ALL'];
    may_change text[] := ARRAY['withdrawn_at', 'withdrawal_scope', 'withdrawal_reason', 'widened_at'];
BEGIN
    IF (to_jsonb(NEW) - may_change) <> (to_jsonb(OLD) - may_change)
       OR (OLD.withdrawn_at IS NOT NULL AND NEW.withdrawn_at IS DISTINCT FROM OLD.withdrawn_at)
       OR NEW.withdrawn_at > public.trial_now() OR NEW.widened_at > public.trial_now()
       OR (OLD.widened_at IS NOT NULL AND (NEW.widened_at IS NULL OR NEW.widened_at < OLD.widened_at))
       OR coalesce(array_position(narrow_to_wide, NEW.withdrawal_scope::text), 0)
          < coalesce(array_position(narrow_to_wide, OLD.withdrawal_scope::text), 1) THEN
        PERFORM public.stepwise_refuse('CON-FIXED', 'an answer to the consent is kept; it can only be withdrawn, and ever more widely');
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION stepwise_consent_version() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF (to_jsonb(NEW) - 'reconsent_required' - 'reconsent_by') <> (to_jsonb(OLD) - 'reconsent_required' - 'reconsent_by')
       OR (OLD.reconsent_required AND (NOT NEW.reconsent_required OR NEW.reconsent_by IS DISTINCT FROM OLD.reconsent_by))
       OR (NOT NEW.reconsent_required AND NEW.reconsent_by IS NOT NULL) THEN
        PERFORM public.stepwise_refuse('CON-VERSION-FIXED', 'an approved consent form is never changed');
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION stepwise_consent_document() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM public.enrollment_informedconsent i
                   WHERE i.id = NEW.consent_id AND i.status = 'SIGNED' AND i.given_at <= NEW.uploaded_at) THEN
        PERFORM public.stepwise_refuse('DOC-CONSENT', 'a signed page belongs to a signed answer, and comes after it');
    END IF;
    IF EXISTS (SELECT 1 FROM public.enrollment_subjectidentity v WHERE v.key_id = NEW.key_id)
       OR NOT EXISTS (SELECT 1 FROM public.enrollment_vaultkey k WHERE k.id = NEW.key_id AND k.use = 'CONTENT') THEN
        PERFORM public.stepwise_refuse('DOC-KEY', 'each sealed thing has a key of its own');
    END IF;
    IF NEW.uploaded_by_id IS DISTINCT FROM public.stepwise_acting_person() OR NEW.uploaded_at > public.trial_now() THEN
        PERFORM public.stepwise_refuse('DOC-FORGED', 'a signed page is uploaded by whoever acts, and not in the future');
    END IF;
    IF NEW.size NOT BETWEEN 1 AND 10485760
       OR NEW.media_type NOT IN ('application/pdf', 'image/jpeg', 'image/png')
       OR NEW.sha256 !~ '^[0-9a-f]{64}$' OR NEW.stored_as !~ '^[0-9a-f]{32}$' THEN
        PERFORM public.stepwise_refuse('DOC-SHAPE', 'a signed page is a PDF, JPEG or PNG of at most 10 MiB');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER b_consent_document BEFORE INSERT ON public.enrollment_consentdocument
    FOR EACH ROW EXECUTE FUNCTION public.stepwise_consent_document();

-- As for identities (vault.sql): the person who acts, now, in a role at the site that may open.
CREATE FUNCTION stepwise_document_opening() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.opened_by_id IS DISTINCT FROM public.stepwise_acting_person()
       OR NEW.opened_at NOT BETWEEN public.trial_now() - interval '10 minutes' AND public.trial_now() THEN
        PERFORM public.stepwise_refuse('DOC-FORGED', 'an opening is recorded by whoever opens, when they open');
    END IF;
    IF NEW.role NOT IN ('principal_investigator', 'subinvestigator', 'coordinator', 'nurse', 'social_worker', 'monitor')
       OR NOT EXISTS (
        SELECT 1 FROM public.enrollment_consentdocument d
        JOIN public.enrollment_informedconsent i ON i.id = d.consent_id
        JOIN public.enrollment_subject s ON s.id = i.subject_id
        JOIN public.trial_site t ON t.id = s.site_id
        JOIN public.trial_membership m ON m.study_id = s.study_id AND (m.site_id IS NULL OR m.site_id = s.site_id)
        WHERE d.id = NEW.document_id AND m.user_id = NEW.opened_by_id AND m.role = NEW.role
          AND m.valid_from <= (NEW.opened_at AT TIME ZONE t.timezone)::date
          AND (m.valid_until IS NULL OR m.valid_until >= (NEW.opened_at AT TIME ZONE t.timezone)::date)
    ) THEN
        PERFORM public.stepwise_refuse('DOC-ROLE', 'a signed page is opened in a role at its site that may open it');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER b_document_opening BEFORE INSERT ON public.enrollment_documentopening
    FOR EACH ROW EXECUTE FUNCTION public.stepwise_document_opening();
