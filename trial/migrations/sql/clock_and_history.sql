-- The clock of the trial, and the row history that nobody can switch off.
-- Functions run as their owner with a fixed search path; pg_temp stands last and the application role has no TEMP.

CREATE FUNCTION trial_now() RETURNS timestamptz
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    -- clock_timestamp, not now(): a transaction that waited for the study lock must see the time after the wait.
    SELECT clock_timestamp() + coalesce((SELECT clock_offset FROM public.trial_deployment WHERE id = 1), interval '0')
$$;

CREATE FUNCTION stepwise_refuse(code text, message text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '%: %', code, message USING ERRCODE = 'SW409', HINT = code;
END $$;

CREATE FUNCTION stepwise_without_password(account jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT (account - 'password_mac') || jsonb_build_object(
        'password', 'set, mark ' || left(encode(sha256(convert_to(account ->> 'password', 'UTF8')), 'hex'), 12))
$$;

-- Runs for every change of every regulated row, so it says everything once: a row becomes jsonb once, and the offset of
-- the clock is read here with a kept plan, where a call of trial_now() would cost as much as the rest of the function.
CREATE FUNCTION stepwise_audit() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    context jsonb := nullif(current_setting('stepwise.context', true), '')::jsonb;
    instant timestamptz := clock_timestamp();
    row_before jsonb;
    row_after jsonb;
BEGIN
    IF context IS NULL OR coalesce(context ->> 'actor', '') = '' OR coalesce(context ->> 'act', '') = '' THEN
        RAISE EXCEPTION 'AUD-CONTEXT: % on % without saying who and what for', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'SW401';
    END IF;
    IF TG_OP <> 'INSERT' THEN
        row_before := to_jsonb(OLD);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        row_after := to_jsonb(NEW);
    END IF;
    IF TG_TABLE_NAME = 'trial_user' THEN
        -- That a password changed is history; the password itself, even hashed, is not.
        row_before := public.stepwise_without_password(row_before);
        row_after := public.stepwise_without_password(row_after);
    END IF;
    INSERT INTO public.trial_auditevent (
        recorded_at, trial_at, transaction_id, table_name, row_id, operation, before, after,
        actor_id, actor, act, reason, request_id, database_role
    ) VALUES (
        instant,
        instant + coalesce((SELECT clock_offset FROM public.trial_deployment WHERE id = 1), interval '0'),
        txid_current(), TG_TABLE_NAME, coalesce(row_after, row_before) ->> 'id', left(TG_OP, 1),
        row_before, row_after,
        (context ->> 'actor_id')::bigint, context ->> 'actor', context ->> 'act',
        coalesce(context ->> 'reason', ''), coalesce(context ->> 'request_id', ''), session_user
    );
    RETURN NULL;
END $$;

CREATE FUNCTION stepwise_append_only_row() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM public.stepwise_refuse('AUD-APPEND-ONLY', format('%s rows are never changed or deleted', TG_TABLE_NAME));
    RETURN NULL;
END $$;

CREATE FUNCTION stepwise_no_delete() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM public.stepwise_refuse('AUD-NO-DELETE', format('%s rows are superseded, never deleted', TG_TABLE_NAME));
    RETURN NULL;
END $$;

-- Attach history to a table. Triggers fire in the order of their names: history comes last.
CREATE FUNCTION stepwise_regulate(table_name text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER z_audit AFTER INSERT OR UPDATE OR DELETE ON public.%I
                    FOR EACH ROW EXECUTE FUNCTION public.stepwise_audit()', table_name);
    EXECUTE format('CREATE TRIGGER a_no_delete BEFORE DELETE ON public.%I
                    FOR EACH ROW EXECUTE FUNCTION public.stepwise_no_delete()', table_name);
    EXECUTE format('CREATE TRIGGER a_no_truncate BEFORE TRUNCATE ON public.%I
                    FOR EACH STATEMENT EXECUTE FUNCTION public.stepwise_no_delete()', table_name);
END $$;

CREATE FUNCTION stepwise_append_only(table_name text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER a_append_only BEFORE UPDATE OR DELETE ON public.%I
                    FOR EACH ROW EXECUTE FUNCTION public.stepwise_append_only_row()', table_name);
END $$;

SELECT stepwise_append_only('trial_auditevent');
CREATE TRIGGER a_no_truncate BEFORE TRUNCATE ON public.trial_auditevent
    FOR EACH STATEMENT EXECUTE FUNCTION public.stepwise_no_delete();

-- What kind of installation this is never changes; a demonstration's clock only moves forward.
CREATE FUNCTION stepwise_deployment() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.is_demonstration <> OLD.is_demonstration OR NEW.created_at <> OLD.created_at THEN
        PERFORM public.stepwise_refuse('CLK-FIXED', 'what an installation is was fixed when its database was created');
    END IF;
    IF NEW.clock_offset < OLD.clock_offset THEN
        PERFORM public.stepwise_refuse('CLK-BACKWARD', 'the clock of a demonstration only moves forward');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER b_deployment BEFORE UPDATE ON public.trial_deployment
    FOR EACH ROW EXECUTE FUNCTION public.stepwise_deployment();
