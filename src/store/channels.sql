-- Deliveries know whose they are and how urgent, so that an endpoint
-- is told of one patient's events in their order, and of urgent ones first.
-- `patient` is null for what is about Wardlight itself. `urgency`: 0 low, 1
-- medium, 2 high; what waits before something urgent is as urgent. `aside` is 1
-- once a receiver refused it again and again while it took others: it no longer
-- holds back what comes after it. `behind` is 1 while an earlier one of its
-- patient waits at the endpoint: it is kept, not asked for at every look, since a
-- queue may be long. `reason` says why it failed for good.
ALTER TABLE delivery ADD COLUMN patient INTEGER;
ALTER TABLE delivery ADD COLUMN urgency INTEGER NOT NULL DEFAULT 0;
ALTER TABLE delivery ADD COLUMN aside INTEGER NOT NULL DEFAULT 0;
ALTER TABLE delivery ADD COLUMN behind INTEGER NOT NULL DEFAULT 0;
ALTER TABLE delivery ADD COLUMN reason TEXT;
UPDATE delivery SET
    patient = (SELECT patient FROM alert_event WHERE alert_event.seq = delivery.event),
    urgency = coalesce((SELECT CASE priority WHEN 'high' THEN 2 WHEN 'medium' THEN 1 ELSE 0 END
        FROM alert JOIN alert_event ON alert_event.alert = alert.id
        WHERE alert_event.seq = delivery.event), 0);
UPDATE delivery SET reason = 'schedule_used_up' WHERE state = 'failed';
-- The last attempts of an endpoint are what its health is measured on.
ALTER TABLE delivery_attempt ADD COLUMN endpoint TEXT;
UPDATE delivery_attempt SET endpoint =
    (SELECT endpoint FROM delivery WHERE delivery.number = delivery_attempt.delivery);
CREATE INDEX attempt_endpoint ON delivery_attempt (endpoint, at);
DROP INDEX delivery_waiting;
CREATE INDEX delivery_waiting ON delivery (endpoint, urgency, next_attempt)
    WHERE state = 'waiting' AND behind = 0;
CREATE INDEX delivery_order ON delivery (endpoint, patient, number) WHERE state = 'waiting';
UPDATE delivery SET behind = 1 WHERE state = 'waiting' AND EXISTS (
    SELECT 1 FROM delivery AS earlier WHERE earlier.endpoint = delivery.endpoint
        AND earlier.patient = delivery.patient AND earlier.state = 'waiting'
        AND earlier.number < delivery.number);
CREATE INDEX delivery_failed ON delivery (endpoint, number) WHERE state = 'failed';
CREATE INDEX delivery_system ON delivery (created) WHERE event = 0;
