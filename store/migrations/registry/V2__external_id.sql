-- The name under which a foreign format knows a device: a devEUI, an IMEI, an airRohr chip, an HFP
-- `operator/vehicle`. It names one device in operation; those out of operation keep theirs.
alter table device add column external_id text check (external_id <> '');
create unique index device_external_id on device (external_id) where decommissioned_at is null;
