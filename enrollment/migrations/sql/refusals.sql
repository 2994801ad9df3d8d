-- A refusal of before this version closed the screening in the very moment in which it was registered.
SELECT set_config('stepwise.context', '{"actor": "provisioning", "act": "migrations.close_refused_screenings"}', true);
UPDATE enrollment_screening AS attempt SET failed_at = attempt.started_at, failure_codes = '["X1"]'
FROM enrollment_subject u
WHERE u.id = attempt.subject_id AND u.state = 'SCREEN_FAILED' AND attempt.failed_at IS NULL;
SELECT set_config('stepwise.context', '', true);
