-- The last guard. It repeats, in the words of the database, every condition of dosing/rules/guard.py that rows can tell,
-- with the same codes, so that no statement issued with the application's credentials can start an infusion against it.

-- Codes of the criteria whose recorded result is outside its limits (bounds inclusive), or NULL.
CREATE FUNCTION stepwise_failed_tests(in_lot bigint, product jsonb) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT string_agg(criterion ->> 'code', ', ')
    FROM jsonb_array_elements(product -> 'release_criteria') AS criterion
    JOIN public.dosing_releasetest r ON r.lot_id = in_lot AND r.code = criterion ->> 'code'
    WHERE NOT (
        (criterion ->> 'minimum' IS NULL OR coalesce(r.value >= (criterion ->> 'minimum')::numeric, false))
        AND (criterion ->> 'maximum' IS NULL OR coalesce(r.value <= (criterion ->> 'maximum')::numeric, false))
        AND (criterion ->> 'accepted' IS NULL OR r.result = criterion ->> 'accepted'))
$$;

CREATE FUNCTION stepwise_infusion_reasons(infusion public.dosing_infusion, t timestamptz) RETURNS text[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    reasons text[] := '{}';
    subject public.enrollment_subject%ROWTYPE;
    place public.enrollment_allocation%ROWTYPE;
    cohort public.trial_cohort%ROWTYPE;
    screening public.enrollment_screening%ROWTYPE;
    snapshot public.enrollment_eligibilitysnapshot%ROWTYPE;
    unit public.dosing_productunit%ROWTYPE;
    lot public.dosing_productlot%ROWTYPE;
    facts public.dosing_predosecheck%ROWTYPE;
    verifier public.trial_electronicsignature%ROWTYPE;
    previous public.dosing_infusion%ROWTYPE;
    consented_on date;
    zone text;
    day date;
    regimen jsonb;
    product jsonb;
    first_other date;
    nearest integer;
BEGIN
    SELECT * INTO subject FROM public.enrollment_subject WHERE id = infusion.subject_id;
    SELECT z.timezone INTO zone FROM public.trial_site z WHERE z.id = subject.site_id;
    day := (t AT TIME ZONE zone)::date;
    SELECT v.canonical::jsonb -> 'regimen', v.canonical::jsonb -> 'product' INTO regimen, product
    FROM public.trial_protocolversion v WHERE v.id = subject.protocol_version_id;
    IF infusion.protocol_version_id <> subject.protocol_version_id THEN
        reasons := reasons || 'DOS-VERSION'::text;
    END IF;
    IF subject.died_at IS NOT NULL AND subject.died_at <= t THEN
        reasons := reasons || 'DOS-DIED'::text;
    END IF;
    IF subject.withdrawn_on IS NOT NULL AND subject.withdrawn_on <= day THEN
        reasons := reasons || 'DOS-WITHDRAWN'::text;
    END IF;

    SELECT * INTO place FROM public.enrollment_allocation a
    WHERE a.subject_id = subject.id AND a.allocated_at <= t AND (a.vacated_at IS NULL OR a.vacated_at > t);
    IF NOT FOUND THEN
        reasons := reasons || 'DOS-SLOT'::text;
    ELSE
        SELECT c.* INTO cohort FROM public.trial_slot s JOIN public.trial_cohort c ON c.id = s.cohort_id
        WHERE s.id = place.slot_id;
        IF NOT EXISTS (SELECT 1 FROM public.trial_cohortclearance k WHERE k.cohort_id = cohort.id AND k.opened_at <= t) THEN
            reasons := reasons || 'DOS-COHORT-CLOSED'::text;
        ELSIF NOT EXISTS (
            SELECT 1 FROM public.trial_cohortclearance k WHERE k.cohort_id = cohort.id AND k.opened_at <= t
              AND (k.revoked_at IS NULL OR k.revoked_at > t)
        ) THEN
            reasons := reasons || 'DOS-COHORT-REVOKED'::text;
        ELSIF NOT EXISTS (
            SELECT 1 FROM public.trial_cohortclearance k WHERE k.cohort_id = cohort.id AND k.opened_at <= t
              AND (k.revoked_at IS NULL OR k.revoked_at > t) AND (k.valid_until IS NULL OR k.valid_until > t)
        ) THEN
            reasons := reasons || 'DOS-COHORT-EXPIRED'::text;
        END IF;
        IF infusion.number > cohort.infusions THEN
            reasons := reasons || 'DOS-NUMBER'::text;
        END IF;
    END IF;

    IF EXISTS (SELECT 1 FROM public.trial_dosinghold h WHERE h.study_id = subject.study_id AND h.placed_at <= t
               AND (h.lifted_at IS NULL OR h.lifted_at > t) AND h.cohort_id IS NULL AND h.subject_code = '') THEN
        reasons := reasons || 'DOS-STUDY-HOLD'::text;
    END IF;
    IF EXISTS (SELECT 1 FROM public.trial_dosinghold h WHERE h.study_id = subject.study_id AND h.placed_at <= t
               AND (h.lifted_at IS NULL OR h.lifted_at > t) AND h.cohort_id = cohort.id) THEN
        reasons := reasons || 'DOS-COHORT-HOLD'::text;
    END IF;
    IF EXISTS (SELECT 1 FROM public.trial_dosinghold h WHERE h.study_id = subject.study_id AND h.placed_at <= t
               AND (h.lifted_at IS NULL OR h.lifted_at > t) AND h.subject_code = subject.code) THEN
        reasons := reasons || 'DOS-SUBJECT-HOLD'::text;
    END IF;

    SELECT max(v.approved_on) INTO consented_on
    FROM public.enrollment_informedconsent i JOIN public.enrollment_consentversion v ON v.id = i.consent_version_id
    WHERE i.subject_id = subject.id AND i.status = 'SIGNED' AND i.given_at <= t
      AND (i.withdrawn_at IS NULL OR i.withdrawn_at > t);
    IF consented_on IS NULL OR EXISTS (
        SELECT 1 FROM public.enrollment_informedconsent i
        WHERE i.subject_id = subject.id AND i.withdrawn_at IS NOT NULL AND i.withdrawn_at <= t
    ) THEN
        reasons := reasons || 'DOS-CONSENT'::text;
    ELSIF EXISTS (
        SELECT 1 FROM public.enrollment_consentversion v
        WHERE v.site_id = subject.site_id AND v.reconsent_required AND v.approved_on > consented_on AND v.approved_on <= day
    ) THEN
        reasons := reasons || 'DOS-RECONSENT'::text;
    END IF;

    SELECT * INTO screening FROM public.enrollment_screening c
    WHERE c.subject_id = subject.id ORDER BY c.attempt DESC LIMIT 1;
    SELECT n.* INTO snapshot FROM public.enrollment_eligibilitysnapshot n
    JOIN public.trial_electronicsignature s ON s.id = n.signature_id
    WHERE n.screening_id = screening.id AND n.protocol_version_id = subject.protocol_version_id AND s.signed_at <= t
    ORDER BY n.id DESC LIMIT 1;
    IF snapshot.id IS NULL THEN
        reasons := reasons || 'DOS-ELIGIBILITY-UNSIGNED'::text;
    ELSE
        IF snapshot.facts_sha256 <> screening.facts_sha256 THEN
            reasons := reasons || 'DOS-ELIGIBILITY-BROKEN'::text;
        END IF;
        IF snapshot.overall <> 'eligible' THEN
            reasons := reasons || 'DOS-ELIGIBILITY-VERDICT'::text;
        END IF;
    END IF;

    IF infusion.number > 1 THEN
        SELECT * INTO previous FROM public.dosing_infusion p
        WHERE p.subject_id = subject.id AND p.number = infusion.number - 1;
        IF previous.id IS NULL OR previous.state NOT IN ('COMPLETED', 'STOPPED_EARLY') OR previous.ended_at IS NULL
           OR previous.ended_at > t THEN
            reasons := reasons || 'DOS-SEQUENCE'::text;
        END IF;
        IF previous.started_at IS NOT NULL THEN
            IF day < (previous.started_at AT TIME ZONE zone)::date
                     + (regimen ->> 'interval_days')::int - (regimen ->> 'interval_early_days')::int THEN
                reasons := reasons || 'DOS-INTERVAL'::text;
            ELSIF btrim(infusion.interval_reason) = '' AND day > (previous.started_at AT TIME ZONE zone)::date
                     + (regimen ->> 'interval_days')::int + (regimen ->> 'interval_late_days')::int THEN
                reasons := reasons || 'DOS-INTERVAL-REASON'::text;
            END IF;
        END IF;
    ELSE
        -- First infusions of the cohort, those of subjects who later left it included: they were exposed. A distance
        -- has two sides: a start entered late is held against those that were recorded before it and began after it.
        SELECT min((o.started_at AT TIME ZONE zone)::date),
               min(abs(day - (o.started_at AT TIME ZONE zone)::date))
        INTO first_other, nearest
        FROM public.dosing_infusion o
        JOIN public.enrollment_allocation a ON a.subject_id = o.subject_id
        JOIN public.trial_slot s ON s.id = a.slot_id
        WHERE s.cohort_id = cohort.id AND o.number = 1 AND o.started_at IS NOT NULL AND o.id <> infusion.id
          AND o.subject_id <> subject.id;
        IF first_other IS NOT NULL AND abs(day - first_other) < (regimen ->> 'sentinel_days')::int THEN
            reasons := reasons || 'DOS-SENTINEL'::text;
        END IF;
        IF nearest IS NOT NULL AND nearest < (regimen ->> 'stagger_days')::int THEN
            reasons := reasons || 'DOS-STAGGER'::text;
        END IF;
    END IF;

    SELECT * INTO unit FROM public.dosing_productunit u WHERE u.id = infusion.unit_id;
    IF unit.id IS NULL THEN
        reasons := reasons || 'DOS-PRODUCT-MISSING'::text;
    ELSE
        SELECT * INTO lot FROM public.dosing_productlot l WHERE l.id = unit.lot_id;
        IF lot.state <> 'RELEASED' OR lot.released_at IS NULL OR lot.released_at > t THEN
            reasons := reasons || 'DOS-PRODUCT-UNRELEASED'::text;
        END IF;
        IF public.stepwise_failed_tests(lot.id, product) IS NOT NULL THEN
            reasons := reasons || 'DOS-PRODUCT-TEST'::text;
        END IF;
        IF lot.expires_at <= t OR unit.use_by_at IS NULL OR unit.use_by_at <= t THEN
            reasons := reasons || 'DOS-PRODUCT-EXPIRED'::text;
        END IF;
        IF unit.assigned_subject_id IS DISTINCT FROM subject.id
           OR unit.assigned_infusion_number IS DISTINCT FROM infusion.number THEN
            reasons := reasons || 'DOS-PRODUCT-ASSIGNED'::text;
        END IF;
        IF unit.state <> 'ISSUED' OR unit.issued_at IS NULL OR unit.issued_at > t THEN
            reasons := reasons || 'DOS-PRODUCT-NOT-ISSUED'::text;
        END IF;
        IF unit.viability IS NULL OR unit.viability < (product ->> 'post_thaw_viability_minimum')::numeric THEN
            reasons := reasons || 'DOS-PRODUCT-VIABILITY'::text;
        END IF;
    END IF;

    IF infusion.performed_by_id IS NULL OR NOT public.stepwise_delegated(
        infusion.performed_by_id, subject.study_id, subject.site_id, 'administer_infusion', day) THEN
        reasons := reasons || 'DOS-PERFORMER'::text;
    END IF;
    SELECT * INTO verifier FROM public.trial_electronicsignature s
    WHERE s.id = infusion.identity_signature_id AND s.meaning = 'identity_check' AND s.study_id = subject.study_id
      AND s.signed_at <= t
      AND s.content::jsonb @> jsonb_build_object('type', 'identity_check', 'subject', subject.code,
                                                 'infusion', infusion.number, 'unit', infusion.unit_id);
    IF verifier.id IS NULL THEN
        reasons := reasons || 'DOS-VERIFIER'::text;
    ELSE
        IF verifier.signer_id = infusion.performed_by_id THEN
            reasons := reasons || 'DOS-PEOPLE-SAME'::text;
        END IF;
        IF NOT public.stepwise_delegated(
            verifier.signer_id, subject.study_id, subject.site_id, 'verify_infusion', day) THEN
            reasons := reasons || 'DOS-VERIFIER-DELEGATION'::text;
        END IF;
    END IF;

    SELECT * INTO facts FROM public.dosing_predosecheck f WHERE f.infusion_id = infusion.id;
    IF facts.weight_kg IS NULL OR facts.weight_measured_at > t
       OR facts.weight_measured_at < t - make_interval(hours => (regimen ->> 'weight_max_age_hours')::int) THEN
        reasons := reasons || 'DOS-WEIGHT'::text;
    END IF;
    IF NOT coalesce(
        (facts.pregnancy_result = 'not_applicable' AND (screening.facts ->> 'sex' = 'M'
            OR screening.facts -> 'childbearing_potential' = 'false'::jsonb))
        OR (facts.pregnancy_result = 'negative' AND facts.pregnancy_collected_at <= t AND facts.pregnancy_collected_at
            >= t - make_interval(hours => (regimen ->> 'pregnancy_test_max_age_hours')::int)), false) THEN
        reasons := reasons || 'DOS-PREGNANCY'::text;
    END IF;
    IF facts.laboratory_acceptable IS NOT TRUE OR facts.laboratory_collected_at IS NULL
       OR facts.laboratory_collected_at > t
       OR facts.laboratory_collected_at < t - make_interval(hours => (CASE WHEN infusion.number = 1
            THEN regimen ->> 'safety_laboratory_max_age_hours_first'
            ELSE regimen ->> 'safety_laboratory_max_age_hours_later' END)::int) THEN
        reasons := reasons || 'DOS-LABORATORY'::text;
    END IF;
    -- Signed after the previous infusion ended and shortly before this one: it covers the days between them.
    IF infusion.number > 1 AND NOT EXISTS (
        SELECT 1 FROM public.trial_electronicsignature s
        WHERE s.id = facts.signoff_signature_id AND s.meaning = 'inter_infusion_signoff' AND s.study_id = subject.study_id
          AND s.content::jsonb @> jsonb_build_object('type', 'inter_infusion_signoff', 'subject', subject.code,
                                                     'infusion', infusion.number)
          AND s.signed_at >= previous.ended_at AND s.signed_at <= t
          AND s.signed_at >= t - make_interval(hours => (regimen ->> 'signoff_max_age_hours')::int)
    ) THEN
        reasons := reasons || 'DOS-SIGNOFF'::text;
    END IF;
    RETURN reasons;
END $$;

CREATE FUNCTION stepwise_infusion() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    reasons text[];
    study bigint;
    instant timestamptz;
    tolerance interval;
    ended_with text[] := ARRAY['state', 'ended_at', 'infused_volume_ml', 'given_million_per_kg', 'stop_reason', 'stop_note'];
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.started_at IS NOT NULL AND (
        (to_jsonb(NEW) - ended_with) <> (to_jsonb(OLD) - ended_with)
        -- An infusion that ended stays as it ended: a gate counts what was given.
        OR (OLD.ended_at IS NOT NULL AND to_jsonb(NEW) <> to_jsonb(OLD))
    ) THEN
        PERFORM public.stepwise_refuse('DOS-STARTED', 'what an infusion was started and ended with is never changed');
    END IF;
    IF NEW.ended_at > public.trial_now() THEN
        PERFORM public.stepwise_refuse('DOS-FUTURE', 'an infusion does not end in the future');
    END IF;
    IF NEW.ended_at IS NOT NULL AND NEW.state NOT IN ('COMPLETED', 'STOPPED_EARLY') THEN
        PERFORM public.stepwise_refuse('DOS-STATE', 'an infusion that ended is completed or stopped early');
    END IF;
    IF NEW.started_at IS NULL OR (TG_OP = 'UPDATE' AND OLD.started_at IS NOT NULL) THEN
        RETURN NEW;
    END IF;
    IF NEW.state <> 'RUNNING' OR NEW.ended_at IS NOT NULL THEN
        PERFORM public.stepwise_refuse('DOS-STARTED', 'an infusion starts running, and ends later');
    END IF;
    IF EXISTS (SELECT 1 FROM public.dosing_productunit u WHERE u.id = NEW.unit_id
               AND NEW.planned_volume_ml NOT BETWEEN 0 AND u.volume_ml) THEN
        PERFORM public.stepwise_refuse('DOS-VOLUME', 'no more can be planned than the unit holds');
    END IF;
    -- An older snapshot would not see a hold that another transaction has committed since.
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        PERFORM public.stepwise_refuse('DOS-ISOLATION', 'an infusion is started in a transaction that reads what is committed');
    END IF;
    -- Holds, decisions and starts queue at the study row: of two that would contradict each other, one sees the other.
    SELECT s.study_id INTO study FROM public.enrollment_subject s WHERE s.id = NEW.subject_id;
    PERFORM 1 FROM public.trial_study WHERE id = study FOR NO KEY UPDATE;
    instant := public.trial_now();
    SELECT make_interval(mins => (v.canonical::jsonb -> 'regimen' ->> 'live_start_tolerance_minutes')::int)
    INTO tolerance FROM public.trial_protocolversion v
    JOIN public.enrollment_subject s ON s.protocol_version_id = v.id WHERE s.id = NEW.subject_id;
    reasons := public.stepwise_infusion_reasons(NEW, NEW.started_at);
    IF NEW.started_at > instant THEN
        reasons := reasons || 'DOS-FUTURE'::text;
    ELSIF NEW.started_at < instant - tolerance THEN
        IF btrim(NEW.late_entry_reason) = '' THEN
            reasons := reasons || 'DOS-LATE-REASON'::text;
        END IF;
    ELSE
        -- A start at the bedside is judged now as well: a hold placed a second ago counts.
        reasons := reasons || public.stepwise_infusion_reasons(NEW, instant);
    END IF;
    IF cardinality(reasons) > 0 THEN
        RAISE EXCEPTION 'The infusion may not start: %', array_to_string(ARRAY(
            SELECT DISTINCT r FROM unnest(reasons) AS r ORDER BY r), ', ')
            USING ERRCODE = 'SW409', HINT = array_to_string(ARRAY(SELECT DISTINCT r FROM unnest(reasons) AS r ORDER BY r), ',');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER b_infusion BEFORE INSERT OR UPDATE ON public.dosing_infusion
    FOR EACH ROW EXECUTE FUNCTION public.stepwise_infusion();

CREATE FUNCTION stepwise_pre_dose_check() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM public.dosing_infusion i WHERE i.id = NEW.infusion_id AND i.started_at IS NOT NULL)
       OR (TG_OP = 'UPDATE' AND NEW.infusion_id <> OLD.infusion_id) THEN
        PERFORM public.stepwise_refuse('DOS-STARTED', 'the facts an infusion was started with are never changed');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER b_pre_dose_check BEFORE INSERT OR UPDATE ON public.dosing_predosecheck
    FOR EACH ROW EXECUTE FUNCTION public.stepwise_pre_dose_check();

-- A lot is released by a signature of quality assurance over passed tests; every release needs its own signature.
CREATE FUNCTION stepwise_lot() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    failed text;
    product jsonb;
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.state = 'REJECTED' THEN
        PERFORM public.stepwise_refuse('PRD-REJECTED', 'a rejected lot stays rejected');
    END IF;
    -- A used signature is neither cleared nor exchanged except by the next release: it cannot come back for a second one.
    IF TG_OP = 'UPDATE' AND OLD.release_signature_id IS NOT NULL
       AND (NEW.release_signature_id IS DISTINCT FROM OLD.release_signature_id
            OR NEW.released_at IS DISTINCT FROM OLD.released_at)
       AND NEW.state <> 'RELEASED' THEN
        PERFORM public.stepwise_refuse('PRD-UNSIGNED', 'the signature of a release stays with its lot');
    END IF;
    IF NEW.state <> 'RELEASED' OR (TG_OP = 'UPDATE' AND OLD.state = 'RELEASED') THEN
        IF TG_OP = 'UPDATE' AND OLD.state = 'RELEASED' AND NEW.state = 'RELEASED'
           AND to_jsonb(NEW) <> to_jsonb(OLD) THEN
            PERFORM public.stepwise_refuse('PRD-RELEASED', 'a released lot is withdrawn or rejected, not changed');
        END IF;
        RETURN NEW;
    END IF;
    IF NOT coalesce(public.stepwise_signed(NEW.release_signature_id, 'product_release')
                    @> jsonb_build_object('type', 'product_release', 'lot', NEW.number), false)
       OR NOT EXISTS (
            SELECT 1 FROM public.trial_electronicsignature s WHERE s.id = NEW.release_signature_id
              AND s.role = 'quality_assurance' AND s.study_id = NEW.study_id AND s.signed_at <= NEW.released_at
              AND (s.content::jsonb ->> 'expires_at')::timestamptz = NEW.expires_at
              AND (TG_OP = 'INSERT' OR OLD.released_at IS NULL OR s.signed_at > OLD.released_at))
       OR (TG_OP = 'UPDATE' AND OLD.release_signature_id IS NOT NULL AND OLD.release_signature_id = NEW.release_signature_id)
    THEN
        PERFORM public.stepwise_refuse('PRD-UNSIGNED', 'a lot is released by a signature of quality assurance');
    END IF;
    product := public.stepwise_active_definition(NEW.study_id) -> 'product';
    -- A late test may still be pending at release; one that has failed stands against it like any other.
    SELECT string_agg(criterion ->> 'code', ', ') INTO failed
    FROM jsonb_array_elements(product -> 'release_criteria') AS criterion
    WHERE NOT coalesce((criterion ->> 'late')::boolean, false)
      AND NOT EXISTS (SELECT 1 FROM public.dosing_releasetest r
                      WHERE r.lot_id = NEW.id AND r.code = criterion ->> 'code');
    failed := concat_ws(', ', failed, public.stepwise_failed_tests(NEW.id, product));
    IF failed <> '' THEN
        PERFORM public.stepwise_refuse('PRD-TESTS', 'release tests missing or failed: ' || failed);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER b_lot BEFORE INSERT OR UPDATE ON public.dosing_productlot
    FOR EACH ROW EXECUTE FUNCTION public.stepwise_lot();

-- A unit comes into stock empty of history and only moves forward; what was measured of it is written once.
CREATE FUNCTION stepwise_unit() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    allowed jsonb := '{"IN_STOCK": ["ASSIGNED", "QUARANTINED", "DESTROYED"],
                       "ASSIGNED": ["ISSUED", "IN_STOCK", "QUARANTINED", "DESTROYED"],
                       "ISSUED": ["INFUSED", "RETURNED", "QUARANTINED", "DESTROYED"],
                       "RETURNED": ["QUARANTINED", "DESTROYED"], "QUARANTINED": ["DESTROYED"]}';
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'IN_STOCK' OR NEW.assigned_subject_id IS NOT NULL OR NEW.thawed_at IS NOT NULL
           OR NEW.viability IS NOT NULL OR NEW.issued_at IS NOT NULL THEN
            PERFORM public.stepwise_refuse('UNT-STOCK', 'a unit is booked into stock first');
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.state <> OLD.state AND NOT coalesce(allowed -> OLD.state ? NEW.state, false) THEN
        PERFORM public.stepwise_refuse('UNT-STATE', format('a unit that is %s does not become %s', OLD.state, NEW.state));
    END IF;
    IF NEW.lot_id <> OLD.lot_id OR NEW.number <> OLD.number OR NEW.total_cells <> OLD.total_cells
       OR NEW.volume_ml <> OLD.volume_ml
       OR (OLD.thawed_at IS NOT NULL AND NEW.thawed_at IS DISTINCT FROM OLD.thawed_at)
       OR (OLD.use_by_at IS NOT NULL AND NEW.use_by_at IS DISTINCT FROM OLD.use_by_at)
       OR (OLD.viability IS NOT NULL AND NEW.viability IS DISTINCT FROM OLD.viability)
       OR (OLD.issued_at IS NOT NULL AND NEW.issued_at IS DISTINCT FROM OLD.issued_at)
       OR (OLD.assigned_subject_id IS NOT NULL AND NEW.state <> 'IN_STOCK'
           AND (NEW.assigned_subject_id IS DISTINCT FROM OLD.assigned_subject_id
                OR NEW.assigned_infusion_number IS DISTINCT FROM OLD.assigned_infusion_number))
       OR (NEW.state = 'IN_STOCK' AND OLD.thawed_at IS NOT NULL) THEN
        PERFORM public.stepwise_refuse('UNT-FIXED', 'what a unit holds, and what was measured of it, is written once');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER b_unit BEFORE INSERT OR UPDATE ON public.dosing_productunit
    FOR EACH ROW EXECUTE FUNCTION public.stepwise_unit();

SELECT stepwise_append_only('dosing_releasetest');
SELECT stepwise_regulate(name) FROM unnest(ARRAY[
    'dosing_productlot', 'dosing_releasetest', 'dosing_productunit', 'dosing_infusion', 'dosing_predosecheck'
]) AS name;
