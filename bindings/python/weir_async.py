"""async for over a stream of weir.py, which asks for this file when a program does. The worker is turned by
asyncio's loop, so that others go on meanwhile.
"""
import asyncio

from weir import BATCH, Stream, _call, _Line, _Object
from weir_sys import N, READY, UNKNOWN, lib


def _turn(runtime):
    """Once round, and when it is to be called again."""
    if runtime.timer:
        runtime.timer.cancel()
    runtime.call(lib.weir_worker_turn, runtime.worker, 0)
    ns = lib.weir_worker_timeout_ns(runtime.worker)
    runtime.timer = None if ns == UNKNOWN else runtime.loop.call_later(ns / 1e9, _turn, runtime)


def _attach(runtime):
    loop = asyncio.get_running_loop()
    if runtime.loop is not loop:
        runtime.loop, runtime.timer = loop, None
        loop.add_reader(lib.weir_worker_fd(runtime.worker), _turn, runtime)
    loop.call_soon(_turn, runtime)
    return loop.create_future()


async def iterate(stream):
    """A task a batch, whose last stage tells when it is over. Meanwhile the stream has no chain: nobody
    else may use it. Behind an error it has one again."""
    of, items, state, got, held = stream._of(), [], READY, N(), (_Line, _Object)
    chain = lib.weir_own(stream._whole()) if of is _Line else stream._whole()
    kind = lib.weir_stream_type(chain)
    chunks = Stream(lib.weir_ready_chunks(chain, BATCH), stream._keep)

    def keep(vec):
        first = lib.weir_vec_items(vec, got)
        there = (of * got.value).from_address(first)
        items.extend(item.value for item in there) if of in held else items.extend(there)
        return True
    try:
        while state == READY:
            over = _attach(stream._runtime)
            call = _call(keep, None, None, lambda: over.done() or over.set_result(None))
            batch = lib.weir_each_call(lib.weir_next(chunks._live), *call)
            task = lib.weir_worker_spawn(stream._runtime.worker, batch)
            task = Stream(lib.weir_abort_on_drop(task))  # ends with this loop
            try:
                await over
                state = stream._runtime.ask(task._take())
            finally:
                task.close()  # before the chain, which it polls
            for item in items:
                yield item
            items.clear()
            stream._runtime.check(state)
    except Exception:
        stream._chain = lib.weir_flatten_vecs(chunks._take(), kind)
        raise
