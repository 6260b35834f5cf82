// SPDX-License-Identifier: MIT

// Starting processes and reading files with Patio, through its public headers only.

#include "programs.hpp"

#include <patio/core/task_group.hpp>
#include <patio/io/file.hpp>
#include <patio/io/process.hpp>
#include <patio/io/run.hpp>

namespace {

using namespace bench;
using patio::async;
using patio::file;

async<measurement> spawn_all(std::int64_t count) {
    const family_timer timer;
    for (std::int64_t i = 0; i < count; ++i) {
        patio::process child = co_await patio::start_process(program_to_spawn);
        const patio::exit_status status = co_await child.wait();
        expect(status.success(), "the program ends well");
    }
    co_return timer.per_operation(count);
}

/// One of those who take turns at the blocks.
async<> read_blocks(file& source, numbered_file& blocks, char* buffer, std::int64_t& left) {
    while (left > 0) {
        --left;
        const std::int64_t block = blocks.next_block();
        const auto offset = static_cast<std::uint64_t>(numbered_file::offset_of(block));
        const std::size_t count =
            co_await source.pread(patio::byte_span{buffer, read_size}, offset);
        numbered_file::check(buffer, block, static_cast<std::int64_t>(count));
    }
}

async<measurement> read_with(std::int64_t count, unsigned depth, bool is_direct) {
    static read_buffers buffers;
    numbered_file blocks{is_direct ? O_DIRECT : 0};
    // The file has no name any more.
    const std::string path = "/proc/self/fd/" + std::to_string(blocks.descriptor());
    patio::file_options how;
    if (is_direct) how.direct();
    file source = co_await file::open(path, how);
    std::int64_t left = count;
    const family_timer timer;
    const auto read_all = [&](patio::task_group& group) -> async<> {
        for (unsigned i = 0; i < depth; ++i)
            group.spawn(read_blocks(source, blocks, buffers.blocks[i], left));
        co_return;
    };
    co_await patio::with_task_group(read_all);
    co_return timer.per_operation(count);
}

measurement spawn_process(std::int64_t count) { return patio::run(spawn_all(count)); }
measurement cached_qd1(std::int64_t count) { return patio::run(read_with(count, 1, false)); }
measurement cached_qd32(std::int64_t count) {
    return patio::run(read_with(count, queue_depth, false));
}
measurement direct_qd1(std::int64_t count) { return patio::run(read_with(count, 1, true)); }
measurement direct_qd32(std::int64_t count) {
    return patio::run(read_with(count, queue_depth, true));
}

constexpr entry entries[]{
    {"spawn_process", spawn_process, spawns_default}, {"file_cached_qd1", cached_qd1, 200'000},
    {"file_cached_qd32", cached_qd32, 200'000},       {"file_direct_qd1", direct_qd1, 4'000},
    {"file_direct_qd32", direct_qd32, 20'000},
};

}  // namespace

int main(int argc, char** argv) {
    // As the servers: --driver=uring or --driver=epoll, in front of what every program takes.
    if (argc > 1 && std::strncmp(argv[1], "--driver=", 9) == 0) {
        setenv("PATIO_DRIVER", argv[1] + 9, 1);
        ++argv;
        --argc;
    }
    return run(argc, argv, "Patio", entries);
}
