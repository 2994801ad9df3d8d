-- Allocation, in the words of the database: every condition of enrollment/rules/allocation.py, with the same codes, and
-- the caps on replacements of safety/rules/replacement.py. What a gate computes, it does not repeat.

-- Who waits for a slot, the longest first: eligible, signed over the facts as they are, with a consent in force.
CREATE FUNCTION stepwise_waiting(of_study bigint) RETURNS TABLE (subject_id bigint, code text, place bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT u.id, u.code::text, row_number() OVER (ORDER BY started.signed_at, started.id)
    FROM public.enrollment_subject u
    JOIN LATERAL (
        SELECT c.id, c.facts_sha256 FROM public.enrollment_screening c
        WHERE c.subject_id = u.id ORDER BY c.attempt DESC LIMIT 1
    ) AS screening ON true
    JOIN LATERAL (
        SELECT n.facts_sha256, n.overall FROM public.enrollment_eligibilitysnapshot n
        WHERE n.screening_id = screening.id AND n.protocol_version_id = u.protocol_version_id
        ORDER BY n.id DESC LIMIT 1
    ) AS latest ON true
    JOIN LATERAL (
        SELECT n.id, s.signed_at FROM public.enrollment_eligibilitysnapshot n
        JOIN public.trial_electronicsignature s ON s.id = n.signature_id
        WHERE n.screening_id = screening.id ORDER BY n.id LIMIT 1
    ) AS started ON true
    WHERE u.study_id = of_study AND u.state = 'ELIGIBLE'
      AND latest.facts_sha256 = screening.facts_sha256 AND latest.overall = 'eligible'
      AND EXISTS (SELECT 1 FROM public.enrollment_informedconsent i
                  WHERE i.subject_id = u.id AND i.status = 'SIGNED' AND i.withdrawn_at IS NULL)
$$;

-- Subjects of a cohort who came into a slot that somebody had before; of the whole study without a cohort.
CREATE FUNCTION stepwise_replacements(of_study bigint, of_cohort bigint) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT count(*) - count(DISTINCT a.slot_id)
    FROM public.enrollment_allocation a JOIN public.trial_slot s ON s.id = a.slot_id
    WHERE a.study_id = of_study AND (of_cohort IS NULL OR s.cohort_id = of_cohort)
$$;

CREATE FUNCTION stepwise_planned_slots(definition jsonb) RETURNS bigint
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT sum((c ->> 'last_slot')::int - (c ->> 'first_slot')::int + 1) FROM jsonb_array_elements(definition -> 'cohorts') AS c
$$;

CREATE FUNCTION stepwise_allocation_reasons(wanted public.enrollment_allocation, t timestamptz) RETURNS text[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    reasons text[] := '{}';
    subject public.enrollment_subject%ROWTYPE;
    slot public.trial_slot%ROWTYPE;
    cohort public.trial_cohort%ROWTYPE;
    screening public.enrollment_screening%ROWTYPE;
    signed_sha text;
    next_slot bigint;
    is_replacement boolean;
    number int;
    definition jsonb;
    own_size int;
    most int;
    ahead text[];
BEGIN
    SELECT * INTO subject FROM public.enrollment_subject WHERE id = wanted.subject_id;
    SELECT * INTO slot FROM public.trial_slot WHERE id = wanted.slot_id;
    SELECT * INTO cohort FROM public.trial_cohort WHERE id = slot.cohort_id;
    SELECT v.canonical::jsonb INTO definition FROM public.trial_protocolversion v WHERE v.id = subject.protocol_version_id;
    IF subject.study_id <> wanted.study_id OR cohort.study_id <> wanted.study_id THEN
        reasons := reasons || 'ALC-STUDY'::text;
    END IF;
    IF wanted.vacated_at IS NOT NULL OR wanted.allocated_at > t THEN
        reasons := reasons || 'ALC-TIME'::text;
    END IF;
    IF subject.state <> 'ELIGIBLE' THEN
        reasons := reasons || 'ALC-STATE'::text;
    END IF;
    IF NOT EXISTS (SELECT 1 FROM public.enrollment_informedconsent i
                   WHERE i.subject_id = subject.id AND i.status = 'SIGNED' AND i.withdrawn_at IS NULL) THEN
        reasons := reasons || 'ALC-CONSENT'::text;
    END IF;

    SELECT * INTO screening FROM public.enrollment_screening c
    WHERE c.subject_id = subject.id ORDER BY c.attempt DESC LIMIT 1;
    SELECT n.facts_sha256 INTO signed_sha FROM public.enrollment_eligibilitysnapshot n
    WHERE n.screening_id = screening.id AND n.protocol_version_id = subject.protocol_version_id AND n.overall = 'eligible'
    ORDER BY n.id DESC LIMIT 1;
    IF signed_sha IS NULL THEN
        reasons := reasons || 'ALC-ELIGIBILITY-UNSIGNED'::text;
    ELSIF signed_sha <> screening.facts_sha256 THEN
        reasons := reasons || 'ALC-ELIGIBILITY-BROKEN'::text;
    END IF;

    SELECT s.id INTO next_slot FROM public.trial_slot s JOIN public.trial_cohort c ON c.id = s.cohort_id
    WHERE c.study_id = wanted.study_id AND NOT EXISTS (
        SELECT 1 FROM public.enrollment_allocation a WHERE a.slot_id = s.id AND a.vacated_at IS NULL)
    ORDER BY c.number, s.number LIMIT 1;
    IF next_slot IS NULL THEN
        reasons := reasons || 'ALC-NO-SLOT'::text;
    ELSIF next_slot <> slot.id THEN
        reasons := reasons || 'ALC-SLOT-ORDER'::text;
    END IF;
    IF NOT EXISTS (
        SELECT 1 FROM public.trial_cohortclearance k
        WHERE k.cohort_id = cohort.id AND k.opened_at <= t AND k.revoked_at IS NULL
          AND (k.valid_until IS NULL OR k.valid_until > t)
    ) THEN
        reasons := reasons || 'ALC-COHORT-CLOSED'::text;
    END IF;

    is_replacement := EXISTS (SELECT 1 FROM public.enrollment_allocation a WHERE a.slot_id = slot.id);
    number := slot.number;
    IF is_replacement THEN
        SELECT greatest(
            (SELECT max(a.subject_number) FROM public.enrollment_allocation a WHERE a.study_id = wanted.study_id),
            (SELECT count(*) FROM public.trial_slot s JOIN public.trial_cohort c ON c.id = s.cohort_id
             WHERE c.study_id = wanted.study_id)) + 1 INTO number;
    END IF;
    IF wanted.subject_number <> number THEN
        reasons := reasons || 'ALC-NUMBER'::text;
    END IF;

    IF (SELECT count(*) FROM public.enrollment_allocation a WHERE a.study_id = wanted.study_id)
       >= (definition -> 'study' ->> 'max_dosed')::int THEN
        reasons := reasons || 'ALC-CAP'::text;
    END IF;
    SELECT (c ->> 'last_slot')::int - (c ->> 'first_slot')::int + 1 INTO own_size
    FROM jsonb_array_elements(definition -> 'cohorts') AS c WHERE (c ->> 'number')::int = cohort.number;
    most := (definition -> 'gate' ->> 'maximum_replacements_per_cohort')::int;
    IF (SELECT count(*) FROM public.enrollment_allocation a JOIN public.trial_slot s ON s.id = a.slot_id
        WHERE s.cohort_id = cohort.id) >= own_size + most THEN
        reasons := reasons || 'ALC-COHORT-CAP'::text;
    END IF;
    IF is_replacement AND public.stepwise_replacements(wanted.study_id, cohort.id) >= most THEN
        reasons := reasons || 'ALC-REPLACEMENTS'::text;
    END IF;
    IF is_replacement AND public.stepwise_replacements(wanted.study_id, NULL) >= greatest(
        0, (definition -> 'study' ->> 'max_dosed')::int - public.stepwise_planned_slots(definition)) THEN
        reasons := reasons || 'ALC-REPLACEMENTS-TOTAL'::text;
    END IF;

    -- Those who wait longer are named with the reason for passing them over, and nobody else is.
    SELECT coalesce(array_agg(w.code ORDER BY w.place), '{}') INTO ahead
    FROM public.stepwise_waiting(wanted.study_id) AS w
    WHERE w.place < (SELECT own.place FROM public.stepwise_waiting(wanted.study_id) AS own WHERE own.subject_id = subject.id);
    IF ahead <> wanted.passed_over::text[] OR (cardinality(ahead) > 0 AND btrim(wanted.order_reason) = '') THEN
        reasons := reasons || 'ALC-ORDER'::text;
    END IF;
    RETURN reasons;
END $$;

CREATE OR REPLACE FUNCTION stepwise_allocation() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    reasons text[] := '{}';
    definition jsonb;
    own_cohort bigint;
BEGIN
    -- An older snapshot would not see what another transaction has allocated, vacated or closed since.
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        PERFORM public.stepwise_refuse('ALC-ISOLATION', 'a slot is given and vacated in a transaction that reads what is committed');
    END IF;
    PERFORM 1 FROM public.trial_study WHERE id = NEW.study_id FOR NO KEY UPDATE;
    IF TG_OP = 'INSERT' THEN
        reasons := public.stepwise_allocation_reasons(NEW, public.trial_now());
    ELSE
        IF (to_jsonb(NEW) - 'vacated_at' - 'vacated_reason') <> (to_jsonb(OLD) - 'vacated_at' - 'vacated_reason')
           OR OLD.vacated_at IS NOT NULL OR NEW.vacated_at > public.trial_now() THEN
            PERFORM public.stepwise_refuse('ALC-FIXED', 'an allocation can only be vacated, and only once');
        END IF;
        SELECT s.cohort_id INTO own_cohort FROM public.trial_slot s WHERE s.id = NEW.slot_id;
        SELECT v.canonical::jsonb INTO definition
        FROM public.trial_protocolversion v WHERE v.study_id = NEW.study_id AND v.state = 'ACTIVE';
        IF (SELECT count(*) FROM public.enrollment_allocation a JOIN public.trial_slot s ON s.id = a.slot_id
            WHERE s.cohort_id = own_cohort AND a.vacated_at IS NOT NULL)
           >= (definition -> 'gate' ->> 'maximum_replacements_per_cohort')::int THEN
            reasons := reasons || 'RPL-MOST'::text;
        END IF;
        IF (SELECT count(*) FROM public.enrollment_allocation a WHERE a.study_id = NEW.study_id AND a.vacated_at IS NOT NULL)
           >= greatest(0, (definition -> 'study' ->> 'max_dosed')::int - public.stepwise_planned_slots(definition)) THEN
            reasons := reasons || 'RPL-TOTAL'::text;
        END IF;
    END IF;
    IF cardinality(reasons) > 0 THEN
        RAISE EXCEPTION 'The slot stays as it is: %', array_to_string(reasons, ', ')
            USING ERRCODE = 'SW409', HINT = array_to_string(reasons, ',');
    END IF;
    RETURN NEW;
END $$;
