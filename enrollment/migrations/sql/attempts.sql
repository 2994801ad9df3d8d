-- Screenings of before this version receive their study, and their number in the order in which they were begun.
SELECT set_config('stepwise.context', '{"actor": "provisioning", "act": "migrations.number_screenings"}', true);
UPDATE enrollment_screening AS attempt SET study_id = numbered.study_id, number = numbered.number
FROM (
    SELECT c.id, u.study_id, row_number() OVER (PARTITION BY u.study_id ORDER BY c.started_at, c.id) AS number
    FROM enrollment_screening c JOIN enrollment_subject u ON u.id = c.subject_id
) AS numbered
WHERE numbered.id = attempt.id;
SELECT set_config('stepwise.context', '', true);
