-- An infusion that happened in spite of the guard is recordable, and in one way only: somebody signs what happened and
-- which conditions it violated, a deviation is raised and dosing is held, all in the transaction of the start.

-- Whether a breach stands for this very start: it lists every reason, its signature covers the same subject, infusion,
-- unit, person, time and list, and its deviation and its hold are those of this infusion.
CREATE FUNCTION public.stepwise_breached(infusion public.dosing_infusion, reasons text[]) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    breach public.dosing_guardbreach%ROWTYPE;
    hold public.trial_dosinghold%ROWTYPE;
    unlisted text[];
BEGIN
    SELECT * INTO breach FROM public.dosing_guardbreach b WHERE b.infusion_id = infusion.id;
    SELECT * INTO hold FROM public.trial_dosinghold h WHERE h.id = breach.hold_id;
    IF hold.id IS NULL THEN
        RETURN false;
    END IF;
    -- The hold that the breach itself places was not in force when the infusion was given; another one was.
    SELECT array_agg(r) INTO unlisted FROM unnest(reasons) AS r
    WHERE r <> ALL (breach.violated) AND NOT (
        r = CASE WHEN hold.cohort_id IS NULL THEN 'DOS-STUDY-HOLD' ELSE 'DOS-COHORT-HOLD' END
        AND NOT EXISTS (
            SELECT 1 FROM public.trial_dosinghold o
            WHERE o.id <> hold.id AND o.study_id = hold.study_id AND o.subject_code = ''
              AND o.cohort_id IS NOT DISTINCT FROM hold.cohort_id
              AND (o.lifted_at IS NULL OR o.lifted_at > infusion.started_at)));
    RETURN unlisted IS NULL AND EXISTS (
        SELECT 1 FROM public.enrollment_subject s
        JOIN public.trial_electronicsignature g ON g.id = breach.signature_id AND g.study_id = s.study_id
        JOIN public.trial_deviation d ON d.id = breach.deviation_id AND d.study_id = s.study_id
        LEFT JOIN public.trial_user p ON p.id = infusion.performed_by_id
        WHERE s.id = infusion.subject_id
          AND g.meaning = 'guard_breach' AND g.signed_at <= public.trial_now()
          AND g.content::jsonb @> jsonb_build_object(
              'type', 'guard_breach', 'subject', s.code, 'infusion', infusion.number, 'unit', infusion.unit_id,
              'performed_by', p.username, 'reported_by', breach.reported_by, 'reason', breach.reason,
              'violated', to_jsonb(breach.violated))
          AND (g.content::jsonb ->> 'started_at')::timestamptz = infusion.started_at
          AND d.category = 'GUARD' AND d.subject_code = s.code AND d.reference = 'infusion:' || infusion.id
          AND hold.study_id = s.study_id AND hold.lifted_at IS NULL AND hold.subject_code = ''
          AND hold.cause = 'breach:' || infusion.id
          AND (hold.cohort_id IS NULL OR EXISTS (
              SELECT 1 FROM public.enrollment_allocation a JOIN public.trial_slot t ON t.id = a.slot_id
              WHERE a.subject_id = s.id AND t.cohort_id = hold.cohort_id)));
END $$;

-- A breach without its start would be a permission in stock: at the end of its transaction the infusion has started.
CREATE FUNCTION public.stepwise_breach() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    has_started boolean;
BEGIN
    SELECT i.started_at IS NOT NULL INTO has_started FROM public.dosing_infusion i WHERE i.id = NEW.infusion_id;
    IF TG_WHEN = 'BEFORE' AND has_started IS NOT FALSE THEN
        PERFORM public.stepwise_refuse('BRC-STARTED', 'a breach is recorded with the start of its infusion');
    ELSIF TG_WHEN = 'AFTER' AND has_started IS NOT TRUE THEN
        PERFORM public.stepwise_refuse('BRC-START', 'a breach is recorded together with the start of its infusion');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER b_breach BEFORE INSERT ON public.dosing_guardbreach
    FOR EACH ROW EXECUTE FUNCTION public.stepwise_breach();
CREATE CONSTRAINT TRIGGER c_breach AFTER INSERT ON public.dosing_guardbreach
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.stepwise_breach();

-- As in course.sql; a breach, and nothing else, stands for the reasons of the guard.
CREATE OR REPLACE FUNCTION public.stepwise_infusion() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    reasons text[];
    study bigint;
    instant timestamptz;
    tolerance interval;
    later text[] := ARRAY['residual_volume_ml', 'flush_ml', 'observation_ended_at', 'discharged_at'];
    ended_with text[] := ARRAY['state', 'ended_at', 'infused_volume_ml', 'given_million_per_kg', 'stop_reason', 'stop_note'];
    written text;
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.started_at IS NOT NULL AND (
        (to_jsonb(NEW) - ended_with - later) <> (to_jsonb(OLD) - ended_with - later)
        -- An infusion that ended stays as it ended: a gate counts what was given.
        OR (OLD.ended_at IS NOT NULL AND (to_jsonb(NEW) - later) <> (to_jsonb(OLD) - later))
    ) THEN
        PERFORM public.stepwise_refuse('DOS-STARTED', 'what an infusion was started and ended with is never changed');
    END IF;
    FOREACH written IN ARRAY later LOOP
        IF TG_OP = 'UPDATE' AND to_jsonb(OLD) ->> written IS NOT NULL
           AND to_jsonb(NEW) -> written <> to_jsonb(OLD) -> written THEN
            PERFORM public.stepwise_refuse('DOS-STARTED', format('%s is written once', written));
        END IF;
        IF to_jsonb(NEW) ->> written IS NOT NULL AND NEW.ended_at IS NULL THEN
            PERFORM public.stepwise_refuse('DOS-STATE', format('%s is known after the end', written));
        END IF;
    END LOOP;
    IF NEW.ended_at > public.trial_now() OR NEW.observation_ended_at > public.trial_now()
       OR NEW.discharged_at > public.trial_now() THEN
        PERFORM public.stepwise_refuse('DOS-FUTURE', 'an infusion does not end in the future');
    END IF;
    IF NEW.observation_ended_at < NEW.ended_at OR NEW.discharged_at < NEW.observation_ended_at
       OR (NEW.discharged_at IS NOT NULL AND NEW.observation_ended_at IS NULL) THEN
        PERFORM public.stepwise_refuse('DOS-ORDER', 'the end, then the end of the observation, then the discharge');
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
    -- No breach covers a start that has not happened yet.
    IF cardinality(reasons) > 0 AND NOT 'DOS-FUTURE' = ANY (reasons) AND public.stepwise_breached(NEW, reasons) THEN
        RETURN NEW;
    END IF;
    IF cardinality(reasons) > 0 THEN
        RAISE EXCEPTION 'The infusion may not start: %', array_to_string(ARRAY(
            SELECT DISTINCT r FROM unnest(reasons) AS r ORDER BY r), ', ')
            USING ERRCODE = 'SW409', HINT = array_to_string(ARRAY(SELECT DISTINCT r FROM unnest(reasons) AS r ORDER BY r), ',');
    END IF;
    RETURN NEW;
END $$;

-- As in product.sql; a unit that was given in spite of the guard is infused, in whatever state it stood.
CREATE OR REPLACE FUNCTION public.stepwise_unit() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    allowed jsonb := '{"IN_STOCK": ["ASSIGNED", "QUARANTINED", "DESTROYED"],
                       "ASSIGNED": ["ISSUED", "IN_STOCK", "QUARANTINED", "DESTROYED"],
                       "ISSUED": ["INFUSED", "RETURNED", "QUARANTINED", "DESTROYED"],
                       "RETURNED": ["QUARANTINED", "DESTROYED"],
                       "QUARANTINED": ["IN_STOCK", "ASSIGNED", "ISSUED", "RETURNED", "DESTROYED"]}';
    quarantine public.dosing_quarantine%ROWTYPE;
    breached boolean;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'IN_STOCK' OR NEW.assigned_subject_id IS NOT NULL OR NEW.thawed_at IS NOT NULL
           OR NEW.viability IS NOT NULL OR NEW.issued_at IS NOT NULL THEN
            PERFORM public.stepwise_refuse('UNT-STOCK', 'a unit is booked into stock first');
        END IF;
        RETURN NEW;
    END IF;
    -- What was given was given, in whatever state the unit stood.
    breached := NEW.state = 'INFUSED' AND OLD.state NOT IN ('INFUSED', 'DESTROYED') AND EXISTS (
        SELECT 1 FROM public.dosing_infusion i JOIN public.dosing_guardbreach b ON b.infusion_id = i.id
        WHERE i.unit_id = NEW.id AND i.started_at IS NOT NULL);
    IF NEW.state <> OLD.state AND NOT breached AND NOT coalesce(allowed -> OLD.state ? NEW.state, false) THEN
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
    IF NEW.state = OLD.state OR breached THEN
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
