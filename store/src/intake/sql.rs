//! The statements of the intake, one question each, portable between SQLite and PostgreSQL.

use crate::sqlite::statements;

statements! {
    QUARANTINE_ADD = "
        insert into quarantine (device, reason, topic, payload, payload_bytes, detail, elements,
            arrived_at, gateway, speaker, readings, sound)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    GROUP_COUNT = "
        insert into quarantine_group (device, reason, kept, kept_bytes, dropped, first_at,
            last_at)
        values ($1, $2, 1, $3, 0, $4, $4)
        on conflict (device, reason) do update set
            kept = quarantine_group.kept + 1,
            kept_bytes = quarantine_group.kept_bytes + excluded.kept_bytes,
            first_at = case when excluded.first_at < quarantine_group.first_at
                then excluded.first_at else quarantine_group.first_at end,
            last_at = case when excluded.last_at > quarantine_group.last_at
                then excluded.last_at else quarantine_group.last_at end";
    KEPT_OF_DEVICE = "
        select coalesce(sum(kept), 0) from quarantine_group where device = $1";
    KEPT_BYTES_OF_DEVICE = "
        select coalesce(sum(kept_bytes), 0) from quarantine_group where device = $1";
    KEPT = "select coalesce(sum(kept), 0) from quarantine_group";
    KEPT_BYTES = "select coalesce(sum(kept_bytes), 0) from quarantine_group";
    /// Settled rows go before open ones.
    OLDEST_SETTLED_OF_DEVICE = "
        select id, device, reason, length(payload), state <> 'open'
        from quarantine where device = $1 and state <> 'open' order by id limit $2";
    OLDEST_SETTLED = "
        select id, device, reason, length(payload), state <> 'open'
        from quarantine where state <> 'open' order by id limit $1";
    OLDEST_OF_DEVICE = "
        select id, device, reason, length(payload), state <> 'open'
        from quarantine where device = $1 order by id limit $2";
    OLDEST = "
        select id, device, reason, length(payload), state <> 'open'
        from quarantine order by id limit $1";
    QUARANTINE_DROP = "delete from quarantine where id = $1";
    GROUP_DROP = "
        update quarantine_group set
            kept = kept - 1, kept_bytes = kept_bytes - $1, settled = settled - $2,
            dropped = dropped + 1 - $2
        where device = $3 and reason = $4";
    /// A row goes to another group, and was never dropped.
    GROUP_LEAVE = "
        update quarantine_group set kept = kept - 1, kept_bytes = kept_bytes - $1
        where device = $2 and reason = $3";
    GROUP_SETTLE = "
        update quarantine_group set settled = settled + 1 where device = $1 and reason = $2";
    OPEN_ROW = "
        select device, reason, length(payload), arrived_at
        from quarantine where id = $1 and state = 'open'";
    ROW_SETTLE = "
        update quarantine set state = $1, settled_at = $2, remark = $3
        where id = $4 and state = 'open'";
    ROW_REFILE = "
        update quarantine set
            device = $1, reason = $2, detail = $3, elements = $4, readings = $5, sound = $6
        where id = $7 and state = 'open'";
    /// The open rows of a choice in the order of their arrival; $3 is a JSON array of numbers
    /// (PostgreSQL unfolds it by `json_array_elements_text`).
    CHOSEN = "
        select id, device, reason, topic, payload, payload_bytes, detail, elements, arrived_at,
            gateway, speaker, readings, sound
        from quarantine
        where state = 'open'
            and (cast($1 as text) is null or device = $1)
            and (cast($2 as text) is null or reason = $2)
            and (cast($3 as text) is null or id in (select value from json_each($3)))
            and id > $4
        order by id limit $5";
    /// $1 is a JSON array of numbers.
    OPEN_OF = "
        select id, reason, detail from quarantine
        where state = 'open' and id in (select value from json_each($1)) order by id";
    CHOSEN_COUNT = "
        select count(*)
        from quarantine
        where state = 'open'
            and (cast($1 as text) is null or device = $1)
            and (cast($2 as text) is null or reason = $2)
            and (cast($3 as text) is null or id in (select value from json_each($3)))
            and id > $4";
    CHOSEN_IDS = "
        select id
        from quarantine
        where state = 'open'
            and (cast($1 as text) is null or device = $1)
            and (cast($2 as text) is null or reason = $2)
            and (cast($3 as text) is null or id in (select value from json_each($3)))
            and id > $4
        order by id limit $5";
    /// Readings of replayed rows count as what they became, and in quarantine no more.
    TALLY_RELEASE = "
        update tally set
            received = received - case when quarantined < $1 then quarantined else $1 end,
            quarantined = quarantined - case when quarantined < $1 then quarantined else $1 end
        where device = $2";
    /// Groups of which nothing is kept hand their count to the reason's group without device.
    GROUPS_EMPTY = "
        select device, reason, dropped, first_at, last_at
        from quarantine_group where kept = 0 and device <> ''";
    GROUP_TAKE_OVER = "
        insert into quarantine_group (device, reason, kept, kept_bytes, dropped, first_at,
            last_at)
        values ('', $1, 0, 0, $2, $3, $4)
        on conflict (device, reason) do update set
            dropped = quarantine_group.dropped + excluded.dropped,
            first_at = case when excluded.first_at < quarantine_group.first_at
                then excluded.first_at else quarantine_group.first_at end,
            last_at = case when excluded.last_at > quarantine_group.last_at
                then excluded.last_at else quarantine_group.last_at end";
    GROUP_DELETE = "delete from quarantine_group where device = $1 and reason = $2";
    GROUPS = "
        select device, reason, kept - settled, dropped, first_at, last_at
        from quarantine_group where kept > settled or dropped > 0 order by last_at desc, device, reason";
    /// Of a list only the first bytes are read: a row may keep two million of them. Of an empty
    /// payload SQLite makes no part at all.
    QUARANTINE_PAGE = "
        select id, device, reason, topic, coalesce(substr(payload, 1, 65536), payload),
            payload_bytes, detail, elements,
            arrived_at, gateway, speaker, readings, sound, length(payload), state, settled_at, remark
        from quarantine
        where state = 'open'
            and (cast($1 as text) is null or device = $1)
            and (cast($2 as text) is null or reason = $2)
            and id < $3
        order by id desc limit $4";
    /// Rows that are settled in one way; the first condition names the index.
    SETTLED_PAGE = "
        select id, device, reason, topic, coalesce(substr(payload, 1, 65536), payload),
            payload_bytes, detail, elements,
            arrived_at, gateway, speaker, readings, sound, length(payload), state, settled_at, remark
        from quarantine
        where state <> 'open'
            and (cast($1 as text) is null or device = $1)
            and (cast($2 as text) is null or reason = $2)
            and id < $3 and state = $4
        order by id desc limit $5";
    QUARANTINE_ROW = "
        select id, device, reason, topic, payload, payload_bytes, detail, elements,
            arrived_at, gateway, speaker, readings, sound, length(payload), state, settled_at, remark
        from quarantine where id = $1";
    LOGIN_REFUSE = "
        insert into login_refusal (user_name, address, reason, first_at, last_at, refusals,
            gateway)
        values ($1, $2, $3, $4, $5, $6, $7)
        on conflict (user_name, address, reason) do update set
            gateway = excluded.gateway,
            first_at = case when excluded.first_at < login_refusal.first_at
                then excluded.first_at else login_refusal.first_at end,
            last_at = case when excluded.last_at > login_refusal.last_at
                then excluded.last_at else login_refusal.last_at end,
            refusals = login_refusal.refusals + excluded.refusals";
    LOGIN_REFUSAL_COUNT = "select count(*) from login_refusal";
    LOGIN_REFUSALS_OLDEST = "
        select user_name, address, reason from login_refusal order by last_at limit $1";
    LOGIN_REFUSAL_DROP = "
        delete from login_refusal where user_name = $1 and address = $2 and reason = $3";
    LOGIN_REFUSALS = "
        select user_name, address, reason, first_at, last_at, refusals, gateway
        from login_refusal order by last_at desc, user_name, address, reason limit $1";
    TALLY_ADD = "
        insert into tally (device, received, stored, corrected, duplicate, quarantined,
            unknown_field, late, qos0)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        on conflict (device) do update set
            received = tally.received + excluded.received,
            stored = tally.stored + excluded.stored,
            corrected = tally.corrected + excluded.corrected,
            duplicate = tally.duplicate + excluded.duplicate,
            quarantined = tally.quarantined + excluded.quarantined,
            unknown_field = tally.unknown_field + excluded.unknown_field,
            late = tally.late + excluded.late,
            qos0 = tally.qos0 + excluded.qos0";
    TALLIES = "
        select device, received, stored, corrected, duplicate, quarantined, unknown_field, late,
            qos0
        from tally order by device";
    TALLY_OF = "
        select device, received, stored, corrected, duplicate, quarantined, unknown_field, late,
            qos0
        from tally where device = $1";
    TALLY_TOTAL = "
        select '', coalesce(sum(received), 0), coalesce(sum(stored), 0),
            coalesce(sum(corrected), 0), coalesce(sum(duplicate), 0),
            coalesce(sum(quarantined), 0), coalesce(sum(unknown_field), 0),
            coalesce(sum(late), 0), coalesce(sum(qos0), 0)
        from tally";
    RETAIN = "
        insert into retained (topic, payload) values ($1, $2)
        on conflict (topic) do update set payload = excluded.payload";
    RETAIN_NOT = "delete from retained where topic = $1";
    RETAINED = "select topic, payload from retained order by topic";
}
