-- What the guard asks besides guard.sql and expiry.sql: who infuses has read the decision and has signed the identity
-- check first, the unit stands in no quarantine, the dose as planned is within its tolerance and fits into the unit.
-- The same conditions, with the same codes, as in dosing/rules/guard*.py.

CREATE FUNCTION public.stepwise_bedside_reasons(infusion public.dosing_infusion, t timestamptz) RETURNS text[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    reasons text[] := '{}';
    subject public.enrollment_subject%ROWTYPE;
    unit public.dosing_productunit%ROWTYPE;
    opened public.trial_cohortclearance%ROWTYPE;
    first public.trial_electronicsignature%ROWTYPE;
    expected jsonb;
BEGIN
    SELECT * INTO subject FROM public.enrollment_subject WHERE id = infusion.subject_id;
    -- The latest decision in force; without one the cohort is closed, and that is a reason of its own.
    SELECT k.* INTO opened FROM public.enrollment_allocation a
    JOIN public.trial_slot s ON s.id = a.slot_id
    JOIN public.trial_cohortclearance k ON k.cohort_id = s.cohort_id
    WHERE a.subject_id = subject.id AND a.allocated_at <= t AND (a.vacated_at IS NULL OR a.vacated_at > t)
      AND k.opened_at <= t AND (k.revoked_at IS NULL OR k.revoked_at > t)
      AND (k.valid_until IS NULL OR k.valid_until > t)
    ORDER BY k.opened_at DESC, k.id DESC LIMIT 1;
    IF opened.id IS NOT NULL AND opened.basis <> 'FIRST_COHORT' AND NOT EXISTS (
        SELECT 1 FROM public.trial_clearancereading r
        WHERE r.clearance_id = opened.id AND r.user_id = infusion.performed_by_id AND r.read_at <= t
    ) THEN
        reasons := reasons || 'DOS-DECISION-UNREAD'::text;
    END IF;

    SELECT * INTO unit FROM public.dosing_productunit u WHERE u.id = infusion.unit_id;
    IF unit.id IS NOT NULL AND (unit.state = 'QUARANTINED' OR EXISTS (
        SELECT 1 FROM public.dosing_quarantine q
        WHERE q.unit_id = unit.id AND q.began_at <= t AND (q.decided_at IS NULL OR q.decided_at > t)
    )) THEN
        reasons := reasons || 'DOS-PRODUCT-QUARANTINED'::text;
    END IF;

    expected := jsonb_build_object('type', 'identity_check', 'subject', subject.code, 'infusion', infusion.number,
                                   'unit', infusion.unit_id);
    SELECT * INTO first FROM public.trial_electronicsignature s
    WHERE s.id = infusion.first_identity_signature_id AND s.meaning = 'identity_check'
      AND s.study_id = subject.study_id AND s.content::jsonb @> expected;
    IF first.id IS NULL OR first.signed_at > t OR first.signer_id <> infusion.performed_by_id THEN
        reasons := reasons || 'DOS-IDENTITY-FIRST'::text;
    END IF;
    IF EXISTS (
        SELECT 1 FROM public.trial_electronicsignature s
        WHERE s.id = infusion.identity_signature_id AND s.meaning = 'identity_check' AND s.study_id = subject.study_id
          AND s.signed_at <= t AND s.content::jsonb @> expected AND s.signer_id = first.signer_id
    ) THEN
        reasons := reasons || 'DOS-PEOPLE-SAME'::text;
    END IF;
    RETURN reasons || public.stepwise_dose_reasons(infusion, unit, subject.protocol_version_id);
END $$;

-- Exact: nothing is divided but for the one rounding that the syringe makes, half up. Silent while unit, weight or
-- viability are not known. A volume that was planned already counts before the one that would be worked out.
CREATE FUNCTION public.stepwise_dose_reasons(
    infusion public.dosing_infusion, unit public.dosing_productunit, in_version bigint
) RETURNS text[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    reasons text[] := '{}';
    regimen jsonb;
    weight numeric;
    target numeric;
    living numeric;
    step numeric;
    volume numeric;
BEGIN
    SELECT f.weight_kg INTO weight FROM public.dosing_predosecheck f WHERE f.infusion_id = infusion.id;
    IF unit.id IS NULL OR weight IS NULL OR unit.viability IS NULL THEN
        RETURN reasons;
    END IF;
    SELECT v.canonical::jsonb -> 'regimen' INTO regimen FROM public.trial_protocolversion v WHERE v.id = in_version;
    target := (regimen ->> 'dose_million_per_kg')::numeric * 1000000 * weight;
    living := unit.total_cells * CASE WHEN regimen ->> 'dose_basis' = 'viable_cells' THEN unit.viability ELSE 1 END;
    step := (regimen ->> 'volume_step_ml')::numeric;
    volume := CASE WHEN infusion.dose_model = 'BAG' THEN unit.volume_ml
        ELSE div(2 * target * unit.volume_ml + living * step, 2 * living * step) * step END;
    volume := coalesce(infusion.planned_volume_ml, volume);
    IF abs(living * volume - target * unit.volume_ml) * 100
       > (regimen ->> 'dose_tolerance_percent')::numeric * target * unit.volume_ml THEN
        reasons := reasons || 'DOS-DOSE-TOLERANCE'::text;
    END IF;
    IF volume > unit.volume_ml THEN
        reasons := reasons || 'DOS-VOLUME'::text;
    END IF;
    RETURN reasons;
END $$;

CREATE OR REPLACE FUNCTION public.stepwise_infusion_reasons(infusion public.dosing_infusion, t timestamptz)
RETURNS text[] LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT public.stepwise_infusion_reasons_but_expiry(infusion, t)
        || CASE WHEN public.stepwise_eligibility_expired(infusion, t) THEN '{DOS-ELIGIBILITY-EXPIRED}' ELSE '{}' END::text[]
        || public.stepwise_bedside_reasons(infusion, t)
$$;
