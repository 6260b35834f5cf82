// SPDX-License-Identifier: MIT
#pragma once

// Everything: what learners and small programs include.
//
// ```
// #include <patio/patio.hpp>
// using namespace std::chrono_literals;
//
// patio::async<> hello() {
//     co_await patio::sleep(1s);
// }
// int main() { patio::run(hello()); }
// ```

#include <patio/core/all_tasks.hpp>
#include <patio/core/as_completed.hpp>
#include <patio/core/channel/broadcast.hpp>
#include <patio/core/channel/channel.hpp>
#include <patio/core/channel/oneshot.hpp>
#include <patio/core/channel/watch.hpp>
#include <patio/core/copy.hpp>
#include <patio/core/core.hpp>
#include <patio/core/gather_range.hpp>
#include <patio/core/loop_handle.hpp>
#include <patio/core/stream.hpp>
#include <patio/core/sync/barrier.hpp>
#include <patio/core/sync/condition.hpp>
#include <patio/core/sync/event.hpp>
#include <patio/core/sync/lifo_queue.hpp>
#include <patio/core/sync/mutex.hpp>
#include <patio/core/sync/priority_queue.hpp>
#include <patio/core/sync/queue.hpp>
#include <patio/core/sync/semaphore.hpp>
#include <patio/debug/dump_tasks.hpp>
#include <patio/io/address.hpp>
#include <patio/io/call_on.hpp>
#include <patio/io/connect.hpp>
#include <patio/io/descriptor.hpp>
#include <patio/io/directory.hpp>
#include <patio/io/endpoint.hpp>
#include <patio/io/file.hpp>
#include <patio/io/files.hpp>
#include <patio/io/fork_server.hpp>
#include <patio/io/listener.hpp>
#include <patio/io/loops.hpp>
#include <patio/io/parallel_for.hpp>
#include <patio/io/pipe.hpp>
#include <patio/io/process.hpp>
#include <patio/io/process_pool.hpp>
#include <patio/io/resolve.hpp>
#include <patio/io/run.hpp>
#include <patio/io/run_options.hpp>
#include <patio/io/send_file.hpp>
#include <patio/io/serve_on_each_loop.hpp>
#include <patio/io/server.hpp>
#include <patio/io/shared_channel.hpp>
#include <patio/io/signals.hpp>
#include <patio/io/socket_info.hpp>
#include <patio/io/standard_streams.hpp>
#include <patio/io/temp_directory.hpp>
#include <patio/io/thread_pool.hpp>
#include <patio/io/to_thread.hpp>
#include <patio/io/udp.hpp>
#include <patio/io/unix_descriptors.hpp>
#include <patio/tls/tls.hpp>

// For `1s` and `100ms`. All of <chrono> costs every file that includes it a quarter of a second,
// most of it calendars and formatting; libstdc++ keeps durations, clocks and literals apart.
#if __has_include(<bits/chrono.h>)
#include <bits/chrono.h>
#else
#include <chrono>
#endif
