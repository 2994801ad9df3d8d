-- As in guard.sql, with what becomes known after the end: the rests, the end of the observation, the discharge, each
-- written once.
CREATE OR REPLACE FUNCTION stepwise_infusion() RETURNS trigger
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
    IF cardinality(reasons) > 0 THEN
        RAISE EXCEPTION 'The infusion may not start: %', array_to_string(ARRAY(
            SELECT DISTINCT r FROM unnest(reasons) AS r ORDER BY r), ', ')
            USING ERRCODE = 'SW409', HINT = array_to_string(ARRAY(SELECT DISTINCT r FROM unnest(reasons) AS r ORDER BY r), ',');
    END IF;
    RETURN NEW;
END $$;

SELECT stepwise_append_only('dosing_alertanswer');
SELECT stepwise_regulate('dosing_alertanswer');
