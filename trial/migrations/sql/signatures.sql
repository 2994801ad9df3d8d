-- A signature cannot be made by SQL: its HMAC is verified with a key that only the owner can read.

CREATE TABLE stepwise_secret (name text PRIMARY KEY, value bytea NOT NULL);
REVOKE ALL ON stepwise_secret FROM PUBLIC;

-- HMAC-SHA256 (RFC 2104) on the core function sha256(); pgcrypto is not everywhere.
CREATE FUNCTION stepwise_hmac(secret bytea, message bytea) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    padded bytea := CASE WHEN length(secret) > 64 THEN sha256(secret) ELSE secret END;
    inner_pad bytea := decode(repeat('36', 64), 'hex');
    outer_pad bytea := decode(repeat('5c', 64), 'hex');
BEGIN
    FOR i IN 0..length(padded) - 1 LOOP
        inner_pad := set_byte(inner_pad, i, get_byte(padded, i) # 54);
        outer_pad := set_byte(outer_pad, i, get_byte(padded, i) # 92);
    END LOOP;
    RETURN sha256(outer_pad || sha256(inner_pad || message));
END $$;
REVOKE ALL ON FUNCTION stepwise_hmac(bytea, bytea) FROM PUBLIC;

-- Whether a MAC is that of these fields. Length-prefixed: no two different lists of fields share one message.
CREATE FUNCTION stepwise_sealed(fields text[], mac text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    secret bytea;
    message text;
BEGIN
    SELECT value INTO secret FROM public.stepwise_secret WHERE name = 'signing';
    IF secret IS NULL THEN
        PERFORM public.stepwise_refuse('SIG-KEY', 'this database has no signing key');
    END IF;
    SELECT string_agg(octet_length(field) || ':' || field, '|' ORDER BY position) INTO message
    FROM unnest(fields) WITH ORDINALITY AS part(field, position);
    RETURN mac = encode(public.stepwise_hmac(secret, convert_to(message, 'UTF8')), 'hex');
END $$;
REVOKE ALL ON FUNCTION stepwise_sealed(text[], text) FROM PUBLIC;

CREATE FUNCTION stepwise_signature() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.content_sha256 <> encode(sha256(convert_to(NEW.content, 'UTF8')), 'hex') THEN
        PERFORM public.stepwise_refuse('SIG-CONTENT', 'the hash is not that of the content');
    END IF;
    IF NOT public.stepwise_sealed(ARRAY[
        'stepwise-signature-1', NEW.study_id::text, NEW.signer_id::text, NEW.printed_name, NEW.role, NEW.meaning,
        to_char(NEW.signed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), NEW.method, NEW.content_sha256
    ], NEW.mac) THEN
        PERFORM public.stepwise_refuse('SIG-FORGED', 'the signature does not verify');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER b_signature BEFORE INSERT ON public.trial_electronicsignature
    FOR EACH ROW EXECUTE FUNCTION public.stepwise_signature();
SELECT stepwise_append_only('trial_electronicsignature');

-- The signed content of a signature with the meaning asked for, or NULL.
CREATE FUNCTION stepwise_signed(signature bigint, wanted_meaning text) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT content::jsonb FROM public.trial_electronicsignature WHERE id = signature AND meaning = wanted_meaning
$$;

CREATE FUNCTION stepwise_delegation() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    signed jsonb;
    expected jsonb;
BEGIN
    expected := jsonb_build_object(
        'type', 'delegation', 'user', NEW.user_id, 'site', NEW.site_id,
        'tasks', (SELECT jsonb_agg(task ORDER BY task) FROM unnest(NEW.tasks) AS task),
        'valid_from', NEW.valid_from, 'valid_until', NEW.valid_until,
        'training_valid_until', NEW.training_valid_until
    );
    IF TG_OP = 'UPDATE' AND OLD.signature_id IS NOT NULL
       AND (to_jsonb(NEW) - 'revoked_on') <> (to_jsonb(OLD) - 'revoked_on') THEN
        PERFORM public.stepwise_refuse('DEL-SIGNED', 'a signed delegation is revoked and replaced, never changed');
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.revoked_on IS NOT NULL
       AND (NEW.revoked_on IS NULL OR NEW.revoked_on > OLD.revoked_on) THEN
        PERFORM public.stepwise_refuse('DEL-REVOKED', 'a revocation is not undone or put off');
    END IF;
    IF NEW.signature_id IS NOT NULL AND (TG_OP = 'INSERT' OR OLD.signature_id IS NULL) THEN
        signed := public.stepwise_signed(NEW.signature_id, 'delegation');
        IF signed IS NULL OR NOT signed @> expected OR NOT EXISTS (
            SELECT 1 FROM public.trial_electronicsignature s
            WHERE s.id = NEW.signature_id AND s.study_id = NEW.study_id AND s.role = 'principal_investigator'
        ) THEN
            PERFORM public.stepwise_refuse('DEL-UNSIGNED', 'the signature is not the investigator''s under this delegation');
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER b_delegation BEFORE INSERT OR UPDATE ON public.trial_delegation
    FOR EACH ROW EXECUTE FUNCTION public.stepwise_delegation();

-- Whether a task is delegated to a person on a site-local day.
CREATE FUNCTION stepwise_delegated(person bigint, in_study bigint, at_site bigint, task text, on_day date)
RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (
        SELECT 1 FROM public.trial_delegation d JOIN public.trial_user u ON u.id = d.user_id
        WHERE d.user_id = person AND d.study_id = in_study AND (d.site_id IS NULL OR d.site_id = at_site)
          AND d.signature_id IS NOT NULL AND d.tasks::text[] @> ARRAY[task]
          AND d.valid_from <= on_day AND (d.valid_until IS NULL OR d.valid_until >= on_day)
          AND d.training_valid_until >= on_day AND (d.revoked_on IS NULL OR d.revoked_on > on_day)
          AND u.is_active
    )
$$;

-- Nobody puts a password on an account by SQL, and then signs with it through the sign-in page.
CREATE FUNCTION stepwise_credentials() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.username <> OLD.username THEN
        PERFORM public.stepwise_refuse('PEO-NAME', 'a user name is never changed or reused');
    END IF;
    -- "!" marks a password that no input matches, and an empty one matches none: that of a background service.
    IF NEW.password <> '' AND left(NEW.password, 1) <> '!' AND (
        TG_OP = 'INSERT' OR NEW.password <> OLD.password OR NEW.password_mac <> OLD.password_mac
    ) AND NOT public.stepwise_sealed(ARRAY['stepwise-credential-1', NEW.username, NEW.password], NEW.password_mac) THEN
        PERFORM public.stepwise_refuse('PEO-PASSWORD', 'a password is set by the application, not by a statement');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER b_credentials BEFORE INSERT OR UPDATE ON public.trial_user
    FOR EACH ROW EXECUTE FUNCTION public.stepwise_credentials();

-- Nobody becomes an investigator by SQL.
CREATE FUNCTION stepwise_membership() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT public.stepwise_sealed(ARRAY[
        'stepwise-membership-1', NEW.user_id::text, NEW.study_id::text, coalesce(NEW.site_id::text, ''), NEW.role,
        to_char(NEW.valid_from, 'YYYY-MM-DD'), coalesce(to_char(NEW.valid_until, 'YYYY-MM-DD'), '')
    ], NEW.mac) THEN
        PERFORM public.stepwise_refuse('PEO-ROLE', 'a role is given by the application, not by a statement');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER b_membership BEFORE INSERT OR UPDATE ON public.trial_membership
    FOR EACH ROW EXECUTE FUNCTION public.stepwise_membership();
