-- Who is on record as lost to follow-up is not dosed before somebody has recorded that they were found again.
CREATE FUNCTION public.stepwise_lost(infusion public.dosing_infusion, t timestamptz) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (
        SELECT 1 FROM public.enrollment_subject s JOIN public.trial_site z ON z.id = s.site_id
        WHERE s.id = infusion.subject_id AND s.lost_on <= (t AT TIME ZONE z.timezone)::date
    )
$$;

CREATE OR REPLACE FUNCTION public.stepwise_infusion_reasons(infusion public.dosing_infusion, t timestamptz)
RETURNS text[] LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT public.stepwise_infusion_reasons_but_expiry(infusion, t)
        || CASE WHEN public.stepwise_eligibility_expired(infusion, t) THEN '{DOS-ELIGIBILITY-EXPIRED}' ELSE '{}' END::text[]
        || CASE WHEN public.stepwise_lost(infusion, t) THEN '{DOS-LOST}' ELSE '{}' END::text[]
        || public.stepwise_bedside_reasons(infusion, t)
$$;
