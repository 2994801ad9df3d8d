-- A deviation is never rewritten: it is classified once, and classified again only with another classification.
CREATE FUNCTION stepwise_deviation() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF (to_jsonb(NEW) - ARRAY['classification', 'classified_at', 'classified_by_id', 'assessment', 'corrective_action'])
       <> (to_jsonb(OLD) - ARRAY['classification', 'classified_at', 'classified_by_id', 'assessment', 'corrective_action'])
       OR (OLD.classification <> '' AND NEW.classification = '') THEN
        PERFORM public.stepwise_refuse('DEV-FIXED', 'a deviation is classified, never rewritten');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER b_deviation BEFORE UPDATE ON public.trial_deviation
    FOR EACH ROW EXECUTE FUNCTION public.stepwise_deviation();

SELECT stepwise_append_only('trial_clearancereading');
SELECT stepwise_regulate(name) FROM unnest(ARRAY['trial_deviation', 'trial_clearancereading']) AS name;
