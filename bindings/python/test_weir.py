"""What weir.py promises. The test dist_python runs it."""
import asyncio
import gc
import os
import sys
import tempfile
import threading
import time
import unittest

import weir

TEXT = b"one\n\ntwo\nthree"
NS_AN_ITEM_MAX = 200


def no_threes(x):
    if x == 3:
        raise ValueError("no threes")
    return x


async def collect(stream):
    return [item async for item in stream]


class Chains(unittest.TestCase):
    def tearDown(self):
        gc.collect()
        list(weir.range(0, 0))  # sweeps
        self.assertEqual(weir._held, {})
        self.assertEqual(len(weir._raised), 0)

    def test_items(self):
        self.assertEqual(list(weir.range(0, 1000)), list(range(1000)))
        self.assertEqual(weir.range(0, 1000).skip(10).take(5).count(), 5)

    def test_functions(self):
        seen = []
        stream = weir.range(0, 6).each(seen.append).map(lambda x: x * x, "int64_t")
        self.assertEqual(list(stream.filter(lambda x: x % 2)), [1, 9, 25])
        self.assertEqual(seen, [0, 1, 2, 3, 4, 5])
        pairs = weir.range(0, 3).map(lambda x: (x, str(x))).filter(lambda pair: pair[0])
        self.assertEqual(list(pairs), [(1, "1"), (2, "2")])

    def test_what_a_map_makes_is_said_as_people_say_it(self):
        for to in (int, "int", "int64_t", "uint64_t"):
            self.assertEqual(list(weir.range(0, 3).map(lambda x: 2 * x, to=to)), [0, 2, 4])
        self.assertEqual(list(weir.range(0, 3).map(lambda x: x > 0, to=bool)), [False, True, True])
        for to in (str, "str", float, "float", bytes, "bytes", object, None):
            self.assertEqual(list(weir.range(8, 10).map(str, to=to)), ["8", "9"])
        stream = weir.range(0, 3)
        for to in ("int32_t", list, "", 7):
            with self.assertRaisesRegex(ValueError, "say int, 'uint64_t', bool, or nothing"):
                stream.map(str, to=to)
        self.assertEqual(list(stream), [0, 1, 2])  # it was not taken

    def test_objects_need_not_compare(self):
        class Vague:
            def __eq__(self, other):
                raise TypeError("neither equal nor not")
        self.assertEqual(len(list(weir.range(0, 3).map(lambda x: Vague()))), 3)

    def test_lines(self):
        self.assertEqual(list(weir.memory(TEXT).lines()), [b"one", b"", b"two", b"three"])
        self.assertEqual(list(weir.memory(TEXT).lines().map(len, "uint64_t")), [3, 0, 3, 5])
        self.assertEqual(list(weir.memory(bytearray(TEXT)).lines()), TEXT.split(b"\n"))
        with self.assertRaisesRegex(TypeError, "bytes-like object"):
            weir.memory("one")
        self.assertEqual(list(weir.memory(TEXT).lines().filter(len)), [b"one", b"two", b"three"])

    def test_files(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "f")
            self.assertEqual(weir.memory(TEXT * 9999).save(path), len(TEXT) * 9999)
            self.assertEqual(b"".join(weir.open(path)), TEXT * 9999)

    def test_pipelines(self):
        rows = weir.memory(b"name,age\nAda,36\nBob,25\n")
        text = "- ! from csv ! where age gt 30 ! to ndjson ! lines"
        self.assertEqual(list(weir.pipeline(text, input=rows).lines()), [b'{"name":"Ada","age":36}'])
        numbers = weir.pipeline("seq 5 ! skip 3")
        self.assertIn("memory bound", numbers.explain())
        self.assertGreater(numbers.memory_bytes, 0)
        self.assertEqual(list(numbers.lines().map(int, "int64_t")), [4, 5])
        self.assertEqual(b"".join(weir.pipeline("seq 2").bytes()), b"1\n2\n")
        weir.pipeline("zero ! null").close()

    def test_pipelines_that_give_no_lines(self):
        for text in ("- ! from csv", "- ! lines ! batch 2"):
            work = weir.pipeline(text, input=weir.memory(b"a\n1\n"))
            with self.assertRaisesRegex(TypeError, "to ndjson ! lines"):
                list(work.lines())
        for use in (list, weir.Stream.count):
            with self.assertRaisesRegex(weir.Error, "sink"):
                use(weir.pipeline("seq 3 ! null").lines())

    def test_what_is_allowed_is_a_word_or_several(self):
        weir.pipeline("/etc/passwd ! null", allow="read").close()
        weir.pipeline("/etc/passwd ! null", allow=("read", "read")).close()
        rest = weir.memory(TEXT)
        with self.assertRaisesRegex(ValueError, "none of read, write, net, exec, brokers"):
            weir.pipeline("- ! lines", allow="reed", input=rest)
        self.assertEqual(b"".join(rest), TEXT)  # it was not taken

    def test_pipelines_that_are_none(self):
        rest = weir.memory(TEXT)
        with self.assertRaises(UnicodeEncodeError):
            weir.pipeline("- ! grep \udc80", input=rest)
        self.assertEqual(b"".join(rest), TEXT)  # it was not taken
        with self.assertRaises(weir.TextError) as raised:
            weir.pipeline("seq 3 ! tkae 2", input=weir.memory(TEXT))
        self.assertEqual(raised.exception.hint, "did you mean 'take'?")
        self.assertEqual(str(raised.exception), "no stage called 'tkae'; did you mean 'take'?")
        self.assertEqual("seq 3 ! tkae 2"[raised.exception.at], "tkae")
        with self.assertRaisesRegex(weir.TextError, "reads files, and that is not allowed"):
            weir.pipeline("/etc/passwd ! null", allow=["write", "net", "exec"])
        with self.assertRaisesRegex(weir.TextError, "library of a broker, and that is not allowed"):
            weir.pipeline("nats:S/w,settle=now ! null", allow=["read", "net"])

    def test_pipelines_load_brokers(self):
        try:
            weir.pipeline("nats:S/w,settle=now ! null", allow=["read", "net", "brokers"])
        except weir.TextError as error:  # there is no libnats here
            self.assertRegex(str(error), "^this weir has no nats: .*(is not found|cannot open shared)")

    def test_pipelines_run(self):
        told = []
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "f")
            work = weir.pipeline(f"seq 3 ! to lines ! crc32 ! {path}", ["write"], told=told.append)
            self.assertEqual(work.run(), 6)
            self.assertEqual(b"".join(weir.open(path)), b"1\n2\n3\n")
            self.assertEqual(len(told), 1)
            fed = weir.pipeline("seq 3 ! to lines ! crc32", told=told.append).bytes()
            fed = weir.pipeline("- ! lines ! count ! null", input=fed)
            gc.collect()
            self.assertEqual((fed.run(), len(told)), (2, 2))  # who is told of the first stays
            with self.assertRaisesRegex(weir.Error, "names no sink"):
                weir.pipeline("seq 3").run()

    def test_who_is_told_may_raise(self):
        def angry(_):
            raise LookupError("no notes")
        def crc():
            return weir.pipeline("seq 3 ! to lines ! crc32 ! lines", told=angry)
        with self.assertRaisesRegex(LookupError, "no notes"):
            weir.pipeline("seq 3 ! to lines ! crc32 ! null", told=angry).run()
        lines, got = crc().lines(), []
        with self.assertRaisesRegex(LookupError, "no notes"):
            for line in lines:
                got.append(line)
        self.assertEqual((got, list(lines)), ([b"1", b"2", b"3"], []))
        async def awaited():
            async for line in crc().lines():
                got.append(line)
        with self.assertRaisesRegex(LookupError, "no notes"):
            asyncio.run(awaited())
        self.assertEqual(len(got), 6)
        self.assertEqual(weir.range(0, 9).count(), 9)

    def test_exceptions_at_their_item(self):
        stream, got = weir.range(0, 6).map(no_threes), []
        with self.assertRaises(weir.Error) as raised:
            for item in stream:
                got.append(item)
        self.assertEqual(got, [0, 1, 2])
        self.assertIsInstance(raised.exception.__cause__, ValueError)
        self.assertEqual(raised.exception.record, 4)
        self.assertEqual(list(stream), [4, 5])  # it goes on
        with self.assertRaises(weir.Error) as raised:
            list(weir.open("/nonexistent").lines())
        self.assertEqual((raised.exception.number, raised.exception.place), (2, "/nonexistent"))
        self.assertRegex(str(raised.exception), "^cannot open: .*\n  at /nonexistent\n.*\n  try ")
        self.assertIsNone(raised.exception.__cause__)

    def test_dropped_in_the_middle(self):
        stream = weir.range(0, 600).map(lambda x: [x])
        self.assertEqual(next(stream.batches(5)), [[0], [1], [2], [3], [4]])
        stream.close()
        with self.assertRaises(ValueError):
            stream.take(1)
        self.assertEqual(weir._held, {})

    def test_let_go_of_on_another_thread(self):
        for make in (lambda: weir.range(0, 9).map(str), lambda: weir.range(0, 9).filter(str)):
            streams = [make()]
            next(streams[0].batches(1))
            thread = threading.Thread(target=streams.clear)
            thread.start()
            thread.join()
            gc.collect()
            self.assertNotEqual(weir._held, {})  # it waits for its own thread
            list(weir.range(0, 1))
            self.assertEqual(weir._held, {})

    def test_outlives_its_thread(self):
        streams = []

        def make():
            streams.append(weir.open(__file__).lines().filter(len))
            streams.append(weir.range(0, 999).map(lambda x: [x]))
            streams.append(weir.interval(60).map(str))
            for stream in streams[:2]:
                next(iter(stream))
            weir.interval(0.001).take(2).count()
        thread = threading.Thread(target=make)
        thread.start()
        thread.join()
        with self.assertRaisesRegex(RuntimeError, "another thread"):
            streams[2].take(1)
        streams.clear()  # with the last of them its runtime goes

    def test_not_used_on_another_thread(self):
        stream, raised = weir.range(0, 9), []

        def use():
            try:
                list(stream)
            except RuntimeError as error:
                raised.append(error)
        thread = threading.Thread(target=use)
        thread.start()
        thread.join()
        self.assertEqual(len(raised), 1)

    def test_async_for(self):
        self.assertEqual(asyncio.run(collect(weir.range(0, 1000))), list(range(1000)))
        self.assertEqual(asyncio.run(collect(weir.memory(TEXT).lines())), TEXT.split(b"\n"))
        words = weir.range(0, 3).map(str)
        self.assertEqual(asyncio.run(collect(words)), ["0", "1", "2"])

    def test_others_go_on_meanwhile(self):
        async def both():
            slow = asyncio.create_task(collect(weir.interval(0.02).take(5)))
            turns = 0
            while not slow.done():
                await asyncio.sleep(0.001)
                turns += 1
            return await slow, turns
        got, turns = asyncio.run(both())
        self.assertEqual(got, [0, 1, 2, 3, 4])
        self.assertGreater(turns, 4)

    def test_async_errors_and_drops(self):
        async def fails():
            got = []
            with self.assertRaises(weir.Error) as raised:
                async for item in weir.range(0, 6).map(no_threes):
                    got.append(item)
            self.assertIsInstance(raised.exception.__cause__, ValueError)
            return got

        async def leaves():
            async for item in weir.interval(0.001).map(str):
                return item
        self.assertEqual(asyncio.run(fails()), [0, 1, 2])
        self.assertEqual(asyncio.run(leaves()), "0")

        async def goes_on():
            stream, got = weir.range(0, 6).map(no_threes), []
            with self.assertRaises(weir.Error):
                async for item in stream:
                    got.append(item)
            return got + await collect(stream)
        self.assertEqual(asyncio.run(goes_on()), [0, 1, 2, 4, 5])

        async def closes():
            stream = weir.interval(0.001).take(9)
            task = asyncio.create_task(collect(stream))
            await asyncio.sleep(0.002)
            stream.close()  # the loop has it
            with self.assertRaises(ValueError):
                await collect(stream)
            return await task
        self.assertEqual(len(asyncio.run(closes())), 9)

        async def gives_up():
            with self.assertRaises(asyncio.TimeoutError):
                await asyncio.wait_for(collect(weir.interval(60).skip(1)), 0.05)
        asyncio.run(gives_up())

    def test_a_loop_that_is_left_loses_nothing(self):
        stream = weir.memory(b"head\n" + b"row\n" * 1000).lines()
        self.assertEqual(next(iter(stream)), b"head")
        with self.assertRaises(ValueError):  # a stage would not see the rest of the batch
            stream.skip(1)
        self.assertEqual(list(stream), [b"row"] * 1000)

    def test_what_was_taken_is_no_stream(self):
        stream, reader = weir.range(0, 3), weir.memory(b"abc")
        self.assertEqual((stream.count(), list(reader.lines())), (3, [b"abc"]))
        for use in (list, weir.Stream.count, lambda it: it.filter(bool), lambda it: it.map(str)):
            with self.assertRaises(ValueError):
                use(stream)
        with self.assertRaises(ValueError):
            list(reader)

    def test_a_function_cannot_use_a_stream(self):
        def use():
            return None
        stream = weir.range(0, 3).each(lambda x: use() or True)
        for use in (stream.count, lambda: list(stream), lambda: stream.take(1),
                    lambda: list(weir.range(0, 3)), lambda: weir.pipeline("seq 3")):
            with self.assertRaises(weir.Error) as raised:
                list(stream)
            self.assertRegex(str(raised.exception.__cause__), "both would run at once")
            del raised
            stream = weir.range(0, 3).each(lambda x: use() or True)
        use = stream.close  # at once for Python, for C behind the poll
        with self.assertRaisesRegex(ValueError, "or closed"):
            list(stream)

    def test_nothing_is_taken_by_what_is_refused(self):
        stream, reader = weir.range(0, 3), weir.memory(TEXT)
        for use in (lambda: stream.take(-1), lambda: stream.skip("1"), lambda: reader.lines(-1),
                    lambda: reader.save(None), lambda: reader.save("a\0b"), lambda: weir.open("\0"),
                    lambda: weir.interval(-1)):
            with self.assertRaises((OverflowError, TypeError, ValueError)):
                use()
        self.assertEqual((list(stream), b"".join(reader)), ([0, 1, 2], TEXT))
        stream = weir.range(0, 3)
        self.assertEqual(next(iter(stream)), 0)
        for use in (lambda: stream.map(str), lambda: stream.filter(str)):
            with self.assertRaises(ValueError):
                use()  # and keeps no function: tearDown looks

    def test_what_is_no_error_of_a_stream_passes(self):
        def interrupt(x):
            raise KeyboardInterrupt() if x == 1 else SystemExit(3)
        stream = weir.range(1, 3).each(interrupt)
        with self.assertRaises(KeyboardInterrupt):
            list(stream)
        with self.assertRaises(SystemExit):
            list(stream)

    def test_what_cannot_be_said_is_an_error(self):
        class Odd(Exception):
            def __repr__(self):
                raise RuntimeError("no words")

        def odd(x):
            raise Odd()

        def strange(x):
            raise ValueError("\udcff".join("ab")) from None
        for function in (odd, strange, lambda x: 1 << 70):
            with self.assertRaises(weir.Error) as raised:
                list(weir.range(0, 2).map(function, "int64_t"))
            self.assertIsNotNone(raised.exception.__cause__)
            del raised
        with self.assertRaises(OverflowError):
            weir.range(0, 1 << 70)

    def test_what_an_item_costs(self):
        n = 200000
        best = min(self.cost(n) for _ in range(5))
        print(f"{best:.0f} ns an item in batches", file=sys.stderr)
        self.assertLess(best, NS_AN_ITEM_MAX)

    def cost(self, n):
        begun = time.process_time_ns()
        self.assertEqual(sum(1 for _ in weir.range(0, n)), n)
        return (time.process_time_ns() - begun) / n


if __name__ == "__main__":
    unittest.main()
