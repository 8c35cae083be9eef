/* weir.h: async streams for C, with backpressure. This includes everything a user needs;
 * weir/implement.h is for those who write stages. */
#ifndef WEIR_H
#define WEIR_H

#include "weir/alloc.h"
#include "weir/await.h"
#include "weir/base.h"
#include "weir/blocking.h"
#include "weir/buffer.h"
#include "weir/channel.h"
#include "weir/co.h"
#include "weir/codec.h"
#include "weir/cx.h"
#include "weir/error.h"
#include "weir/executor.h"
#include "weir/fiber.h"
#include "weir/file.h"
#include "weir/fn.h"
#include "weir/implement.h"
#include "weir/into.h"
#include "weir/loop.h"
#include "weir/mark.h"
#include "weir/pipe.h"
#include "weir/outputs.h"
#include "weir/poll.h"
#include "weir/reader.h"
#include "weir/run.h"
#include "weir/set.h"
#include "weir/stream.h"
#include "weir/sys.h"
#include "weir/task.h"
#include "weir/time.h"
#include "weir/type.h"
#include "weir/waker.h"
#include "weir/writer.h"

#endif
