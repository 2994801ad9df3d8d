-- An attempt keeps what it was begun with, and once it is closed everything; how it was closed is what was judged then.

CREATE FUNCTION stepwise_screening_kept() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF OLD.failed_at IS NOT NULL THEN
        PERFORM public.stepwise_refuse('SCR-CLOSED', 'a closed screening is kept as it is');
    END IF;
    IF (NEW.study_id, NEW.number, NEW.subject_id, NEW.attempt, NEW.started_at, NEW.rescreened_because)
       IS DISTINCT FROM
       (OLD.study_id, OLD.number, OLD.subject_id, OLD.attempt, OLD.started_at, OLD.rescreened_because) THEN
        PERFORM public.stepwise_refuse('SCR-FIXED', 'what an attempt at screening was begun with is never changed');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER a_screening_kept BEFORE UPDATE ON public.enrollment_screening
    FOR EACH ROW EXECUTE FUNCTION public.stepwise_screening_kept();

CREATE FUNCTION stepwise_screening_failure() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    closed public.enrollment_screening%ROWTYPE;
    subject text;
BEGIN
    SELECT * INTO closed FROM public.enrollment_screening WHERE id = NEW.screening_id;
    SELECT code INTO subject FROM public.enrollment_subject WHERE id = closed.subject_id;
    IF NEW.content_sha256 <> encode(sha256(convert_to(NEW.content, 'UTF8')), 'hex')
       OR closed.failed_at IS DISTINCT FROM NEW.recorded_at
       OR NEW.first_code <> coalesce(closed.failure_codes ->> 0, '')
       OR NOT NEW.content::jsonb @> jsonb_build_object(
           'type', 'screening_failure', 'subject', subject, 'attempt', closed.attempt,
           'facts_sha256', closed.facts_sha256, 'failing', closed.failure_codes) THEN
        PERFORM public.stepwise_refuse('SCR-FAILURE', 'the frozen evaluation is that of the screening it closed');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER b_screening_failure BEFORE INSERT ON public.enrollment_screeningfailure
    FOR EACH ROW EXECUTE FUNCTION public.stepwise_screening_failure();
