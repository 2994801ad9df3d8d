-- What was watched and done around product and infusion is kept as it was written: closed, voided or decided once.
CREATE FUNCTION stepwise_only_once() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    -- The columns that may be written later, and the one that says that they were: arguments of the trigger.
    later text[] := TG_ARGV[0]::text[];
    mark text := TG_ARGV[1];
BEGIN
    IF (to_jsonb(NEW) - later) <> (to_jsonb(OLD) - later) OR (to_jsonb(OLD) ->> mark) IS NOT NULL
       OR (to_jsonb(NEW) ->> mark)::timestamptz > public.trial_now() THEN
        PERFORM public.stepwise_refuse('DOS-FIXED', format('%s: what was recorded is completed once, never changed', TG_TABLE_NAME));
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER b_interruption BEFORE UPDATE ON public.dosing_interruption
    FOR EACH ROW EXECUTE FUNCTION public.stepwise_only_once('{resumed_at,resumed_by_id}', 'resumed_at');
CREATE TRIGGER b_premedication BEFORE UPDATE ON public.dosing_premedication
    FOR EACH ROW EXECUTE FUNCTION public.stepwise_only_once('{voided_at,voided_reason}', 'voided_at');
CREATE TRIGGER b_follow_up BEFORE UPDATE ON public.dosing_recipientfollowup
    FOR EACH ROW EXECUTE FUNCTION public.stepwise_only_once('{closed_at,closed_by_id,outcome}', 'closed_at');
CREATE TRIGGER b_excursion BEFORE UPDATE ON public.dosing_temperatureexcursion
    FOR EACH ROW EXECUTE FUNCTION public.stepwise_only_once('{ended_at,worst_celsius,note}', 'ended_at');
CREATE TRIGGER b_quarantine BEFORE UPDATE ON public.dosing_quarantine
    FOR EACH ROW EXECUTE FUNCTION public.stepwise_only_once('{decision,rationale,decided_at,decision_signature_id}', 'decided_at');

SELECT stepwise_append_only(name) FROM unnest(ARRAY[
    'dosing_custodyevent', 'dosing_temperaturelog', 'dosing_vitalsigns', 'dosing_guardbreach'
]) AS name;
SELECT stepwise_regulate(name) FROM unnest(ARRAY[
    'dosing_custodyevent', 'dosing_temperaturelog', 'dosing_vitalsigns', 'dosing_guardbreach', 'dosing_interruption',
    'dosing_premedication', 'dosing_recipientfollowup', 'dosing_temperatureexcursion', 'dosing_quarantine'
]) AS name;
