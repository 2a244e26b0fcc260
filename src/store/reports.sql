-- Reports ask for what happened to a patient's alerts in a span of time, and
-- for who was on which ward and monitored when, as the audit holds it. The
-- writer's part of the audit is JSON by construction.
CREATE INDEX alert_event_patient ON alert_event (patient, at);
CREATE INDEX audit_patient ON audit (coalesce(document ->> 'patient', document ->> 'id'), id)
    WHERE action IN ('put_patient', 'start_monitoring', 'pause_monitoring', 'discharge');
CREATE INDEX audit_ward ON audit (document ->> 'ward', document ->> 'id')
    WHERE action = 'put_patient';
