from __future__ import annotations
import asyncio
from tests.chaos.test_progression import *
from tests.chaos.test_progression import _mixed
from tests.kit.books_progression import PROGRESSION_INVARIANTS
from tests.kit.books import _ALL

J = "UPDATE earned SET {c} = (SELECT json_object_agg(key, jsonb_set(value::jsonb, '{{{f}}}', '77'::jsonb, true)) FROM json_each({c}::json)) ::text WHERE {c} <> '{{}}'"
MUT = {
 "badge count": J.format(c="badges", f="count"),
 "badge escrowed": J.format(c="badges", f="escrowed"),
 "ach times": J.format(c="achievements", f="times"),
 "ach tier": J.format(c="achievements", f="tier"),
 "quest attempts": J.format(c="quests", f="attempts"),
 "quest rating": J.format(c="quests", f="rating"),
 "titles": "UPDATE earned SET honors = jsonb_set(honors::jsonb, '{all,titles}', '{\"x\": [1, \"y\"]}')::text WHERE honors <> '{}'",
 "title": "UPDATE earned SET honors = jsonb_set(honors::jsonb, '{all,title}', '\"x\"')::text WHERE honors <> '{}'",
 "unlocks": "UPDATE earned SET honors = jsonb_set(honors::jsonb, '{all,unlocks}', '{\"x\": [1, \"y\"]}')::text WHERE honors <> '{}'",
 "collections": "UPDATE earned SET honors = jsonb_set(honors::jsonb, '{all,collections}', '{\"x\": 1}')::text WHERE honors <> '{}'",
 "equipped": "UPDATE earned SET honors = jsonb_set(honors::jsonb, '{all,badges_equipped}', '[\"x\"]')::text WHERE honors <> '{}'",
 "showcased": "UPDATE earned SET honors = jsonb_set(honors::jsonb, '{all,badges_showcased}', '[\"x\"]')::text WHERE honors <> '{}'",
 "unlock rows": "DELETE FROM achievement_unlocks",
 "runs": "DELETE FROM quest_runs",
 "open": "UPDATE progress SET quests = '{}'",
 "due": "UPDATE progress SET due_us = due_us + 1",
 "metrics": "UPDATE players SET metrics = '{\"lessons\": 3}'",
 "spans": "UPDATE progress SET streaks = '{\"study\": {\"runs\": [[5,6],[7,8]]}}'",
 **{f"stat {c}": f"UPDATE progress_statistics SET {c} = {c} + 1" for c in ("earned","owners","started","active","abandoned","expired","rating_sum","ratings")},
 "moved": "UPDATE requests SET facts = replace(facts, 'issuance:badge', 'player:bob')",
}

async def test_mut(school_site: Site, classroom: Path) -> None:
    site = school_site
    class_ = Class("pupil", seed=5, players=20, lateness_s=LATENESS_DAYS * DAY_S)
    await site.serve("native")
    async with site.clients() as clients:
        school = School(clients, _mixed(class_, 2000, 5), 5)
        await asyncio.gather(*[school.settle([d]) for d in class_.beginnings()])
        await school.empty()
    await site.server.stop()
    await check_books(site.database.superuser_url)
    caught = set()
    async with site.sql() as sql:
        for name, mut in MUT.items():
            tx = sql.transaction(); await tx.start()
            r = await sql.execute(mut)
            broken = []
            for inv, q in PROGRESSION_INVARIANTS.items():
                if await sql.fetch(q + " LIMIT 1"): broken.append(inv)
            caught.update(broken)
            print(name, r, broken)
            await tx.rollback()
    print("NEVER:", set(PROGRESSION_INVARIANTS) - caught)
