-- Version 2. Deliveries know whose they are and how urgent, so that an endpoint
-- is told of one patient's events in their order, and of urgent ones first.
-- `patient` is null for what is about Wardlight itself. `urgency`: 0 low, 1
-- medium, 2 high; what waits before something urgent is as urgent. `aside` is 1
-- once a receiver refused it again and again while it took others: it no longer
-- holds back what comes after it. `reason` says why it failed for good.
ALTER TABLE delivery ADD COLUMN patient INTEGER;
ALTER TABLE delivery ADD COLUMN urgency INTEGER NOT NULL DEFAULT 0;
ALTER TABLE delivery ADD COLUMN aside INTEGER NOT NULL DEFAULT 0;
ALTER TABLE delivery ADD COLUMN reason TEXT;
UPDATE delivery SET
    patient = (SELECT patient FROM alert_event WHERE alert_event.seq = delivery.event),
    urgency = coalesce((SELECT CASE priority WHEN 'high' THEN 2 WHEN 'medium' THEN 1 ELSE 0 END
        FROM alert JOIN alert_event ON alert_event.alert = alert.id
        WHERE alert_event.seq = delivery.event), 0);
UPDATE delivery SET reason = 'schedule_used_up' WHERE state = 'failed';
DROP INDEX delivery_waiting;
CREATE INDEX delivery_waiting ON delivery (endpoint, urgency, next_attempt) WHERE state = 'waiting';
CREATE INDEX delivery_order ON delivery (endpoint, patient, number) WHERE state = 'waiting';
CREATE INDEX delivery_failed ON delivery (endpoint, number) WHERE state = 'failed';
CREATE INDEX delivery_system ON delivery (created) WHERE event = 0;
