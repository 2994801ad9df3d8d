-- A cohort is opened by signatures, closed for ever by a revocation; a hold ends by signatures.

CREATE FUNCTION stepwise_active_definition(in_study bigint) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT canonical::jsonb FROM public.trial_protocolversion WHERE study_id = in_study AND state = 'ACTIVE'
$$;

-- Every required role is among the signatures, by different people, over content that contains `expected`.
CREATE FUNCTION stepwise_quorum(signatures bigint[], wanted_meaning text, expected jsonb, roles jsonb, in_study bigint)
RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    wanted text;
    matching integer;
BEGIN
    IF roles IS NULL OR jsonb_array_length(roles) = 0 THEN
        RETURN false;
    END IF;
    FOR wanted IN SELECT jsonb_array_elements_text(roles) LOOP
        IF NOT EXISTS (
            SELECT 1 FROM public.trial_electronicsignature s
            WHERE s.id = ANY (signatures) AND s.study_id = in_study AND s.meaning = wanted_meaning
              AND s.role = wanted AND s.content::jsonb @> expected
        ) THEN
            RETURN false;
        END IF;
    END LOOP;
    SELECT count(DISTINCT s.signer_id) INTO matching FROM public.trial_electronicsignature s
    WHERE s.id = ANY (signatures) AND s.study_id = in_study AND s.meaning = wanted_meaning
      AND s.content::jsonb @> expected AND roles ? s.role;
    RETURN matching >= jsonb_array_length(roles);
END $$;

CREATE FUNCTION stepwise_clearance() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    cohort public.trial_cohort%ROWTYPE;
    definition jsonb;
BEGIN
    SELECT * INTO cohort FROM public.trial_cohort WHERE id = NEW.cohort_id;
    IF TG_OP = 'UPDATE' THEN
        IF (to_jsonb(NEW) - 'revoked_at' - 'revoked_reason') <> (to_jsonb(OLD) - 'revoked_at' - 'revoked_reason')
           OR OLD.revoked_at IS NOT NULL THEN
            PERFORM public.stepwise_refuse('CLR-LATCHED', 'a clearance can only be revoked, and only once');
        END IF;
        -- A revocation in the future would keep the cohort open and the true revocation out.
        IF NEW.revoked_at > public.trial_now() THEN
            PERFORM public.stepwise_refuse('CLR-TIME', 'a clearance is revoked now, not in the future');
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.revoked_at IS NOT NULL OR NEW.opened_at > public.trial_now() THEN
        PERFORM public.stepwise_refuse('CLR-TIME', 'a cohort is opened now, not in the future and not already revoked');
    END IF;
    IF NEW.basis = 'FIRST_COHORT' THEN
        IF cohort.number <> 1 OR EXISTS (SELECT 1 FROM public.trial_cohortclearance c WHERE c.cohort_id = cohort.id) THEN
            PERFORM public.stepwise_refuse('CLR-UNSIGNED', 'only the first cohort opens without a decision, and only once');
        END IF;
        IF NOT EXISTS (
            SELECT 1 FROM public.trial_siteactivation a JOIN public.trial_protocolversion v ON v.id = a.protocol_version_id
            WHERE v.study_id = cohort.study_id AND v.state = 'ACTIVE'
        ) THEN
            PERFORM public.stepwise_refuse('CLR-SITE', 'no site is active under the protocol version in force');
        END IF;
        RETURN NEW;
    END IF;
    definition := public.stepwise_active_definition(cohort.study_id);
    IF NOT public.stepwise_quorum(
        NEW.signatures, 'gate_decision',
        jsonb_build_object('type', 'gate_decision', 'decision', 'PROCEED', 'cohort', cohort.number - 1,
                           'dossier_sha256', NEW.decision_sha256),
        definition -> 'gate' -> 'signatories', cohort.study_id
    ) THEN
        PERFORM public.stepwise_refuse('CLR-UNSIGNED', 'the decision to open this cohort is not signed by everyone it needs');
    END IF;
    IF EXISTS (
        SELECT 1 FROM public.trial_electronicsignature s
        WHERE s.study_id = cohort.study_id AND s.meaning = 'gate_decision'
          AND s.content::jsonb @> jsonb_build_object('dossier_sha256', NEW.decision_sha256)
          AND s.content::jsonb ->> 'decision' <> 'PROCEED'
    ) THEN
        PERFORM public.stepwise_refuse('CLR-DISSENT', 'a signatory voted otherwise over the same dossier');
    END IF;
    IF EXISTS (
        SELECT 1 FROM public.trial_electronicsignature s WHERE s.id = ANY (NEW.signatures) AND s.signed_at > NEW.opened_at
    ) THEN
        PERFORM public.stepwise_refuse('CLR-TIME', 'a cohort cannot be open before its decision was signed');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER b_clearance BEFORE INSERT OR UPDATE ON public.trial_cohortclearance
    FOR EACH ROW EXECUTE FUNCTION public.stepwise_clearance();

CREATE FUNCTION stepwise_hold() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.lifted_at IS NOT NULL THEN
            PERFORM public.stepwise_refuse('HLD-LIFTED', 'a hold is placed before it is lifted');
        END IF;
        -- A hold of the future would hold nothing now, and stand in the way of the true one for the same cause.
        IF NEW.placed_at > public.trial_now() THEN
            PERFORM public.stepwise_refuse('HLD-TIME', 'a hold is placed now, not in the future');
        END IF;
        RETURN NEW;
    END IF;
    IF (to_jsonb(NEW) - 'lifted_at' - 'lift_signatures') <> (to_jsonb(OLD) - 'lifted_at' - 'lift_signatures')
       OR OLD.lifted_at IS NOT NULL THEN
        PERFORM public.stepwise_refuse('HLD-FIXED', 'a hold can only be lifted, and only once');
    END IF;
    IF NEW.lifted_at IS NOT NULL AND (
        NEW.lifted_at > public.trial_now()
        OR NOT public.stepwise_quorum(
            NEW.lift_signatures, 'hold_lift', jsonb_build_object('type', 'hold_lift', 'hold', NEW.id),
            public.stepwise_active_definition(NEW.study_id) -> 'gate' -> 'hold_lift_signatories', NEW.study_id)
        OR EXISTS (
            SELECT 1 FROM public.trial_electronicsignature s
            WHERE s.id = ANY (NEW.lift_signatures) AND s.signed_at > NEW.lifted_at)
        -- Everybody signed over the same facts.
        OR (SELECT count(DISTINCT coalesce(s.content::jsonb ->> 'shown_sha256', '')) FROM public.trial_electronicsignature s
            WHERE s.id = ANY (NEW.lift_signatures)) > 1
    ) THEN
        PERFORM public.stepwise_refuse('HLD-UNSIGNED', 'the lift of this hold is not signed by everyone it needs');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER b_hold BEFORE INSERT OR UPDATE ON public.trial_dosinghold
    FOR EACH ROW EXECUTE FUNCTION public.stepwise_hold();

-- An active protocol version is immutable. (The application role cannot write protocol versions at all.)
CREATE FUNCTION stepwise_protocol_version() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.sha256 <> encode(sha256(convert_to(NEW.canonical, 'UTF8')), 'hex') THEN
        PERFORM public.stepwise_refuse('PRO-HASH', 'the hash is not that of the definition');
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.state <> 'DRAFT' AND (
        NEW.canonical <> OLD.canonical OR NEW.version <> OLD.version OR NEW.study_id <> OLD.study_id
        OR NEW.activated_at <> OLD.activated_at OR NEW.state = 'DRAFT'
    ) THEN
        PERFORM public.stepwise_refuse('PRO-IMMUTABLE', 'an activated protocol version is never changed');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER b_protocol_version BEFORE INSERT OR UPDATE ON public.trial_protocolversion
    FOR EACH ROW EXECUTE FUNCTION public.stepwise_protocol_version();

SELECT stepwise_regulate(name) FROM unnest(ARRAY[
    'trial_user', 'trial_membership', 'trial_delegation', 'trial_study', 'trial_site', 'trial_protocolversion',
    'trial_siteactivation', 'trial_cohort', 'trial_slot', 'trial_electronicsignature', 'trial_cohortclearance',
    'trial_dosinghold', 'trial_deployment', 'trial_apitoken'
]) AS name;
