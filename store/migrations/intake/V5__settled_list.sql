-- Settled rows are listed by what became of them, and are the first to go when there is no place.

create index quarantine_settled on quarantine (id, state) where state <> 'open';
create index quarantine_settled_of_device on quarantine (device, id) where state <> 'open';
