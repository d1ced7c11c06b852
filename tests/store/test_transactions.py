"""What every store promises about transactions, one promise a test, over all of them."""

import asyncio

import pytest

from sundog.store import StoreError


async def test_what_was_committed_is_there_for_the_next_transaction(add, names):
    await add("a")
    assert await names() == ["a"]


async def test_a_body_that_raises_leaves_nothing(store, sql, names):
    with pytest.raises(ValueError, match="no"):
        async with store.transaction() as tx:
            await tx.run(sql["insert_thing"], name="a", value=0)
            raise ValueError("no")
    assert await names() == []


async def test_a_body_sees_what_it_wrote_itself(store, sql):
    async with store.transaction() as tx:
        await tx.run(sql["insert_thing"], name="a", value=7)
        assert (await tx.one(sql["thing"], name="a"))["value"] == 7


async def test_one_gives_the_row_or_none(store, sql, add):
    await add("a", 1)
    async with store.transaction() as tx:
        assert dict(await tx.one(sql["thing"], name="a"))["value"] == 1
        assert await tx.one(sql["thing"], name="b") is None


async def test_one_asserts_that_there_are_not_two(store, sql, add):
    await add("a")
    await add("b")
    with pytest.raises(AssertionError, match="things names 2 rows"):
        async with store.transaction() as tx:
            await tx.one(sql["things"])


async def test_run_says_how_many_rows_it_changed(store, sql, add):
    await add("a")
    async with store.transaction() as tx:
        assert await tx.run(sql["set_value"], name="a", value=2) == 1
        assert await tx.run(sql["set_value"], name="b", value=2) == 0


async def test_run_many_runs_for_each_in_order_and_counts_the_rows(store, sql, add, names):
    await add("a")
    async with store.transaction() as tx:
        values = [{"name": "a", "value": 1}, {"name": "b", "value": 1}, {"name": "a", "value": 2}]
        assert await tx.run_many(sql["set_value"], values) == 2
        assert await tx.run_many(sql["insert_thing"], [{"name": n, "value": 0} for n in "bc"]) == 2
        assert await tx.run_many(sql["insert_thing"], []) == 0
        assert (await tx.one(sql["thing"], name="a"))["value"] == 2
    assert await names() == ["a", "b", "c"]


async def test_a_statement_may_change_and_answer(store, sql):
    async with store.transaction() as tx:
        first = await tx.one(sql["insert_thing_returning"], name="a", value=0)
        second = await tx.one(sql["insert_thing_returning"], name="b", value=0)
    assert (first["id"], second["id"]) == (1, 2)


@pytest.mark.parametrize("value", [0, -1, 2**31, 2**63 - 1, True, False])
async def test_integers_of_any_size_and_flags_come_back_as_integers(store, sql, value):
    async with store.transaction() as tx:
        await tx.run(sql["insert_full"], name="a", value=value, data=None, weight=None)
        found = (await tx.one(sql["thing"], name="a"))["value"]
    assert found == value
    assert type(found) is int


async def test_bytes_text_and_fractions_come_back_as_they_went(store, sql):
    data, text = bytes(range(256)), "ü😀 'quoted' %s :name \\"
    async with store.transaction() as tx:
        await tx.run(sql["insert_full"], name=text, value=0, data=data, weight=0.1)
        row = await tx.one(sql["thing"], name=text)
    assert (row["name"], row["data"], row["weight"]) == (text, data, 0.1)
    assert type(row["data"]) is bytes


async def test_a_name_with_nul_in_it_is_looked_for_and_not_found(store, sql, add):
    await add("ab")
    async with store.transaction() as tx:
        assert await tx.one(sql["thing"], name="a\0b") is None


async def test_sums_and_counts_are_integers(store, sql, add):
    await add("a", 2**40)
    await add("b", 1)
    async with store.transaction() as tx:
        row = await tx.one(sql["sum_values"])
    assert (row["total"], row["count"]) == (2**40 + 1, 2)
    assert type(row["total"]) is int


async def test_text_is_ordered_by_its_bytes(add, names):
    for name in ("b", "a", "B", "_", "ä", "-"):
        await add(name)
    assert await names() == ["-", "B", "_", "a", "b", "ä"]


async def test_a_failed_statement_fails_the_transaction_even_if_the_body_hides_it(store, sql, add, names):
    await add("a")
    with pytest.raises(Exception, match=r"(?i)unique"):
        async with store.transaction() as tx:
            await tx.run(sql["insert_thing"], name="b", value=0)
            with pytest.raises(Exception, match=r"(?i)unique"):
                await tx.run(sql["insert_thing"], name="a", value=0)
    assert await names() == ["a"]


async def test_after_a_failed_statement_nothing_more_is_written(store, sql, add, names):
    await add("a")
    with pytest.raises(Exception, match=r"(?i)unique"):
        async with store.transaction() as tx:
            with pytest.raises(Exception, match=r"(?i)unique"):
                await tx.run(sql["insert_thing"], name="a", value=0)
            with pytest.raises(Exception, match=r"(?i)unique"):
                await tx.run(sql["insert_thing"], name="c", value=0)
    assert await names() == ["a"]


async def test_a_wrong_statement_is_our_mistake_and_not_tried_again(store, sql):
    with pytest.raises(Exception, match="no_such_table") as caught:
        async with store.transaction() as tx:
            await tx.all(sql["wrong"])
    assert not isinstance(caught.value, StoreError)


async def test_a_transaction_inside_a_transaction_is_our_mistake(store):
    with pytest.raises(AssertionError, match="inside a transaction"):
        async with store.transaction(), store.transaction():
            pass
    async with store.transaction():
        pass


async def test_transactions_side_by_side_fail_each_for_itself(store, sql, names):
    async def write(name):
        async with store.transaction() as tx:
            await tx.run(sql["insert_thing"], name=name, value=0)
            if name in "bd":
                raise ValueError(name)

    done = await asyncio.gather(*(write(name) for name in "abcde"), return_exceptions=True)
    assert [type(one).__name__ for one in done] == [
        "NoneType",
        "ValueError",
        "NoneType",
        "ValueError",
        "NoneType",
    ]
    assert await names() == ["a", "c", "e"]


async def test_read_then_write_loses_no_update(store, sql, add, names):
    """Whoever is refused runs again, as dispatch does; no update is lost."""
    await add("a", 0)

    async def increment():
        while True:
            try:
                async with store.transaction() as tx:
                    value = (await tx.one(sql["thing"], name="a"))["value"]
                    await tx.run(sql["set_value"], name="a", value=value + 1)
                return
            except StoreError:
                continue

    await asyncio.gather(*(increment() for _ in range(8)))
    async with store.transaction() as tx:
        assert (await tx.one(sql["thing"], name="a"))["value"] == 8


async def test_a_check_before_an_insert_holds(store, sql, names):
    """Both look for nothing, both insert: together they would be one too many."""

    async def insert_if_alone(name):
        while True:
            try:
                async with store.transaction() as tx:
                    if not await tx.all(sql["things"]):
                        await tx.run(sql["insert_thing"], name=name, value=0)
                return
            except StoreError:
                continue

    await asyncio.gather(*(insert_if_alone(name) for name in "abcdef"))
    assert len(await names()) == 1


async def test_work_counts_as_going_on_until_the_transaction_is_over(store, clock, sql):
    seen = []

    async def write():
        async with store.transaction() as tx:
            await tx.run(sql["insert_thing"], name="a", value=0)
        seen.append("committed")

    task = asyncio.create_task(write())
    await asyncio.sleep(0)
    await clock.settle()
    assert seen == ["committed"]
    await task


async def test_ids_start_from_one_again_after_a_reset_and_every_row_is_gone(store, sql, add, names):
    await add("a")
    await add("b")
    await store.set_meta("clock", "7")
    await store.reset()
    assert await names() == []
    async with store.transaction() as tx:
        assert (await tx.one(sql["insert_thing_returning"], name="c", value=0))["id"] == 1
    assert await store.get_meta("clock") == "7"


async def test_meta_values_are_remembered_and_replaced(store):
    assert await store.get_meta("clock") is None
    await store.set_meta("clock", "1")
    await store.set_meta("clock", "2")
    assert await store.get_meta("clock") == "2"


async def test_a_meta_value_that_is_kept_is_the_first_one_also_for_who_comes_at_the_same_time(store):
    kept = await asyncio.gather(store.keep_meta("key", "a"), store.keep_meta("key", "b"))
    assert kept[0] == kept[1] == await store.get_meta("key") == await store.keep_meta("key", "c")


async def test_what_was_answered_is_there_after_the_store_is_opened_again(kind, clock, store, sql, add):
    if not kind.is_durable:
        pytest.skip("memory forgets")
    await add("a", 5)
    await store.set_meta("clock", "7")
    await store.close()
    again = kind.make(clock)
    await again.open()
    async with again.transaction() as tx:
        assert (await tx.one(sql["thing"], name="a"))["value"] == 5
    assert await again.get_meta("clock") == "7"
    await again.close()
