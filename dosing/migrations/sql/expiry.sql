-- Results of screening expire. The verdict says, and the investigator signs, until which day it stands on them; a first
-- infusion on a later day of the site waits until eligibility is signed again over newer results.

CREATE FUNCTION public.stepwise_eligibility_expired(infusion public.dosing_infusion, t timestamptz) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    stands_until date;
    day date;
BEGIN
    IF infusion.number <> 1 THEN
        RETURN false;
    END IF;
    SELECT (t AT TIME ZONE z.timezone)::date, (n.content::jsonb ->> 'stands_until')::date INTO day, stands_until
    FROM public.enrollment_subject u
    JOIN public.trial_site z ON z.id = u.site_id
    JOIN public.enrollment_screening c ON c.subject_id = u.id
    JOIN public.enrollment_eligibilitysnapshot n ON n.screening_id = c.id AND n.protocol_version_id = u.protocol_version_id
    JOIN public.trial_electronicsignature s ON s.id = n.signature_id AND s.signed_at <= t
    WHERE u.id = infusion.subject_id
      AND c.attempt = (SELECT max(x.attempt) FROM public.enrollment_screening x WHERE x.subject_id = u.id)
    ORDER BY n.id DESC LIMIT 1;
    RETURN coalesce(day > stands_until, false);
END $$;

ALTER FUNCTION public.stepwise_infusion_reasons(public.dosing_infusion, timestamptz)
    RENAME TO stepwise_infusion_reasons_but_expiry;

CREATE FUNCTION public.stepwise_infusion_reasons(infusion public.dosing_infusion, t timestamptz) RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT public.stepwise_infusion_reasons_but_expiry(infusion, t)
        || CASE WHEN public.stepwise_eligibility_expired(infusion, t) THEN '{DOS-ELIGIBILITY-EXPIRED}' ELSE '{}' END::text[]
$$;
