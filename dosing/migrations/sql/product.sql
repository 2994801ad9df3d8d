-- What the database itself asks of product: two people where two are needed, a signed decision before a unit comes back
-- from quarantine, a signature of its own before a lot is released without a late result.

-- Steps of two people: the other one has signed this step of this unit, and their signature stands under no other link.
CREATE FUNCTION stepwise_custody() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    second public.trial_electronicsignature%ROWTYPE;
    study bigint;
BEGIN
    IF NEW.happened_at > public.trial_now() THEN
        PERFORM public.stepwise_refuse('CST-FUTURE', 'a handling does not lie in the future');
    END IF;
    IF NEW.unit_id IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM public.dosing_productunit u WHERE u.id = NEW.unit_id AND u.lot_id = NEW.lot_id) THEN
        PERFORM public.stepwise_refuse('CST-LOT', 'a link names the lot of its unit');
    END IF;
    IF NEW.step NOT IN ('ASSIGNED', 'QC_RELEASED', 'LABELLED', 'IDENTITY_CHECKED', 'DESTROYED') THEN
        RETURN NEW;
    END IF;
    SELECT l.study_id INTO study FROM public.dosing_productlot l WHERE l.id = NEW.lot_id;
    SELECT * INTO second FROM public.trial_electronicsignature s WHERE s.id = NEW.second_signature_id;
    IF second.id IS NULL OR second.signer_id = NEW.by_id OR second.study_id <> study
       OR second.signed_at > public.trial_now()
       OR NOT second.content::jsonb @> jsonb_build_object('unit', NEW.unit_id)
       OR NOT ((second.meaning = 'second_person'
                AND second.content::jsonb @> jsonb_build_object('type', 'custody_step', 'step', NEW.step))
               OR (NEW.step = 'IDENTITY_CHECKED' AND second.meaning = 'identity_check')) THEN
        PERFORM public.stepwise_refuse('CST-SECOND', 'this step is done by two people, and the second one signs it');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER b_custody BEFORE INSERT ON public.dosing_custodyevent
    FOR EACH ROW EXECUTE FUNCTION public.stepwise_custody();

CREATE FUNCTION stepwise_quarantine() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.decision <> '' OR NEW.began_at > public.trial_now() OR NOT EXISTS (
            SELECT 1 FROM public.dosing_productunit u WHERE u.id = NEW.unit_id AND u.state = NEW.state_before
              AND u.state IN ('IN_STOCK', 'ASSIGNED', 'ISSUED', 'RETURNED')) THEN
            PERFORM public.stepwise_refuse('UNT-QUARANTINE', 'a quarantine begins undecided, from the state of its unit');
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.decision <> '' AND NOT EXISTS (
        SELECT 1 FROM public.trial_electronicsignature s
        JOIN public.dosing_productunit u ON u.id = NEW.unit_id
        JOIN public.dosing_productlot l ON l.id = u.lot_id AND l.study_id = s.study_id
        WHERE s.id = NEW.decision_signature_id AND s.meaning = 'quarantine_decision' AND s.role = 'quality_assurance'
          AND s.signed_at <= NEW.decided_at
          AND s.content::jsonb @> jsonb_build_object('type', 'quarantine_decision', 'quarantine', NEW.id,
                                                     'unit', NEW.unit_id, 'decision', NEW.decision)) THEN
        PERFORM public.stepwise_refuse('UNT-QUARANTINE', 'a quarantine is decided by a signature of quality assurance');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER b_quarantine_signed BEFORE INSERT OR UPDATE ON public.dosing_quarantine
    FOR EACH ROW EXECUTE FUNCTION public.stepwise_quarantine();

-- A released lot: signature of the release, and where a late result is pending a signature of its own over just these.
CREATE OR REPLACE FUNCTION stepwise_lot() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    failed text;
    product jsonb;
    pending jsonb;
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
    SELECT jsonb_agg(criterion ->> 'code') INTO pending
    FROM jsonb_array_elements(product -> 'release_criteria') AS criterion
    WHERE coalesce((criterion ->> 'late')::boolean, false)
      AND NOT EXISTS (SELECT 1 FROM public.dosing_releasetest r
                      WHERE r.lot_id = NEW.id AND r.code = criterion ->> 'code');
    IF pending IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM public.trial_electronicsignature s WHERE s.id = NEW.conditional_signature_id
          AND s.meaning = 'conditional_release' AND s.role = 'quality_assurance' AND s.study_id = NEW.study_id
          AND s.signed_at <= NEW.released_at
          AND (TG_OP = 'INSERT' OR OLD.released_at IS NULL OR s.signed_at > OLD.released_at)
          AND s.content::jsonb @> jsonb_build_object('type', 'conditional_release', 'lot', NEW.number, 'pending', pending)
    ) THEN
        PERFORM public.stepwise_refuse('PRD-CONDITIONAL', 'a late result is pending: that is signed on its own');
    END IF;
    RETURN NEW;
END $$;

-- A unit comes into stock empty of history; it moves forward, and back only from a quarantine decided by signature or,
-- still frozen, from an assignment. What was measured of it is written once. What two people do stands in its chain.
CREATE OR REPLACE FUNCTION stepwise_unit() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    allowed jsonb := '{"IN_STOCK": ["ASSIGNED", "QUARANTINED", "DESTROYED"],
                       "ASSIGNED": ["ISSUED", "IN_STOCK", "QUARANTINED", "DESTROYED"],
                       "ISSUED": ["INFUSED", "RETURNED", "QUARANTINED", "DESTROYED"],
                       "RETURNED": ["QUARANTINED", "DESTROYED"],
                       "QUARANTINED": ["IN_STOCK", "ASSIGNED", "ISSUED", "RETURNED", "DESTROYED"]}';
    quarantine public.dosing_quarantine%ROWTYPE;
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
       OR NEW.volume_ml <> OLD.volume_ml OR NEW.uuid <> OLD.uuid
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
    IF NEW.state = OLD.state THEN
        RETURN NEW;
    END IF;
    SELECT * INTO quarantine FROM public.dosing_quarantine q WHERE q.unit_id = NEW.id ORDER BY q.id DESC LIMIT 1;
    IF (NEW.state = 'QUARANTINED' AND (quarantine.id IS NULL OR quarantine.decision <> ''))
       OR (OLD.state = 'QUARANTINED' AND NOT coalesce(
            (NEW.state = 'DESTROYED' AND quarantine.decision = 'DESTROY')
            OR (NEW.state = quarantine.state_before AND quarantine.decision = 'USABLE'), false)) THEN
        PERFORM public.stepwise_refuse('UNT-QUARANTINE', 'a unit enters and leaves quarantine by a decision of its own');
    END IF;
    IF NEW.state = 'ISSUED' AND OLD.state = 'ASSIGNED' AND EXISTS (
        SELECT 1 FROM unnest(ARRAY['ASSIGNED', 'QC_RELEASED', 'LABELLED']) AS needed WHERE NOT EXISTS (
            SELECT 1 FROM public.dosing_custodyevent e
            JOIN public.trial_electronicsignature s ON s.id = e.second_signature_id
            JOIN public.enrollment_subject j ON j.id = NEW.assigned_subject_id
            WHERE e.unit_id = NEW.id AND e.step = needed
              AND s.content::jsonb @> jsonb_build_object('unit', NEW.id, 'subject', j.code,
                                                         'infusion', NEW.assigned_infusion_number))) THEN
        PERFORM public.stepwise_refuse('UNT-CHAIN', 'a unit is issued after two people have assigned, passed and labelled it');
    END IF;
    IF NEW.state = 'DESTROYED' AND NOT EXISTS (
        SELECT 1 FROM public.dosing_custodyevent e WHERE e.unit_id = NEW.id AND e.step = 'DESTROYED') THEN
        PERFORM public.stepwise_refuse('UNT-CHAIN', 'a unit is destroyed before a witness');
    END IF;
    RETURN NEW;
END $$;
