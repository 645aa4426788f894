-- The way by which a refused login was tried: broker, http, teltonika, wialon; '' of older ones.

alter table login_refusal add column gateway text not null default '';
