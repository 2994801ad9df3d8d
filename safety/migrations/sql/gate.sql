-- Votes and decisions over a frozen dossier, never changed afterwards.

CREATE FUNCTION stepwise_gate_review() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    signatories jsonb;
    study bigint;
BEGIN
    IF NEW.dossier_sha256 <> encode(sha256(convert_to(NEW.dossier, 'UTF8')), 'hex') THEN
        PERFORM public.stepwise_refuse('GTE-HASH', 'the hash is not that of the dossier');
    END IF;
    IF TG_OP = 'UPDATE' AND (
        NEW.dossier <> OLD.dossier OR NEW.cohort_id <> OLD.cohort_id OR NEW.number <> OLD.number
        OR NEW.protocol_version_id <> OLD.protocol_version_id OR NEW.convened_at <> OLD.convened_at
        OR (OLD.decided_at IS NOT NULL AND (NEW.decided_at IS DISTINCT FROM OLD.decided_at OR NEW.decision <> OLD.decision))
    ) THEN
        PERFORM public.stepwise_refuse('GTE-FROZEN', 'a frozen dossier and a decision are never changed');
    END IF;
    IF NEW.decision = 'PROCEED' AND (TG_OP = 'INSERT' OR OLD.decision <> 'PROCEED') AND EXISTS (
        SELECT 1 FROM public.safety_gatevote v WHERE v.review_id = NEW.id AND v.vote <> 'PROCEED'
    ) THEN
        PERFORM public.stepwise_refuse('GTE-DISSENT', 'any vote against wins');
    END IF;
    -- PROCEED is a decision of all signatories, by different people; any other one follows from the vote that said so.
    IF NEW.decision = 'PROCEED' AND (TG_OP = 'INSERT' OR OLD.decision <> 'PROCEED') THEN
        SELECT v.canonical::jsonb -> 'gate' -> 'signatories', c.study_id INTO signatories, study
        FROM public.trial_protocolversion v, public.trial_cohort c
        WHERE v.id = NEW.protocol_version_id AND c.id = NEW.cohort_id;
        IF NOT public.stepwise_quorum(
            ARRAY(SELECT w.signature_id FROM public.safety_gatevote w WHERE w.review_id = NEW.id), 'gate_decision',
            jsonb_build_object('type', 'gate_decision', 'decision', 'PROCEED', 'dossier_sha256', NEW.dossier_sha256),
            signatories, study
        ) THEN
            PERFORM public.stepwise_refuse('GTE-UNSIGNED', 'the decision is not signed by everyone it needs');
        END IF;
    END IF;
    IF NEW.decision <> '' AND (TG_OP = 'INSERT' OR OLD.decision = '') AND NOT EXISTS (
        SELECT 1 FROM public.safety_gatevote v WHERE v.review_id = NEW.id AND v.vote = NEW.decision
    ) THEN
        PERFORM public.stepwise_refuse('GTE-UNSIGNED', 'a decision follows from signed votes');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER b_gate_review BEFORE INSERT OR UPDATE ON public.safety_gatereview
    FOR EACH ROW EXECUTE FUNCTION public.stepwise_gate_review();

CREATE FUNCTION stepwise_gate_vote() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM public.safety_gatereview r JOIN public.trial_electronicsignature s ON s.id = NEW.signature_id
        WHERE r.id = NEW.review_id AND r.decided_at IS NULL AND s.meaning = 'gate_decision'
          AND s.signer_id = NEW.signer_id AND s.role = NEW.role
          AND s.content::jsonb @> jsonb_build_object(
              'type', 'gate_decision', 'decision', NEW.vote, 'dossier_sha256', r.dossier_sha256, 'rationale', NEW.rationale)
    ) THEN
        PERFORM public.stepwise_refuse('GTE-UNSIGNED', 'a vote carries its signer''s signature over the dossier');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER b_gate_vote BEFORE INSERT ON public.safety_gatevote
    FOR EACH ROW EXECUTE FUNCTION public.stepwise_gate_vote();

SELECT stepwise_append_only(name) FROM unnest(ARRAY['safety_gatevote', 'safety_gradeentry', 'safety_endorsement']) AS name;
SELECT stepwise_regulate(name) FROM unnest(ARRAY[
    'safety_adverseevent', 'safety_gradeentry', 'safety_gatereview', 'safety_gatevote', 'safety_endorsement'
]) AS name;
