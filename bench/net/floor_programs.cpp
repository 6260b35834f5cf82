// SPDX-License-Identifier: MIT

// The floors of the benchmarks that need no load: posix_spawn and pread, and the ring where more
// than one read is to be under way.

#include "floor_ring.hpp"
#include "programs.hpp"

#include <spawn.h>
#include <sys/wait.h>

namespace {

using namespace bench;

measurement spawn_process(std::int64_t count) {
    const family_timer timer;
    for (std::int64_t i = 0; i < count; ++i) {
        char name[] = "true";
        char* arguments[]{name, nullptr};
        pid_t child = 0;
        expect(posix_spawn(&child, program_to_spawn, nullptr, nullptr, arguments, environ) == 0,
               "the program starts");
        int status = -1;
        expect(waitpid(child, &status, 0) == child && status == 0, "the program ends well");
    }
    return timer.per_operation(count);
}

measurement read_in_turn(std::int64_t count, int flags) {
    static read_buffers buffers;
    numbered_file file{flags};
    const family_timer timer;
    for (std::int64_t i = 0; i < count; ++i) {
        const auto block = file.next_block();
        const ssize_t length =
            pread(file.descriptor(), buffers.blocks[0], read_size, numbered_file::offset_of(block));
        numbered_file::check(buffers.blocks[0], block, length);
    }
    return timer.per_operation(count);
}

/// Keeps the queue full: each read that ends starts the next.
class queued_reads {
public:
    queued_reads(int flags, std::int64_t count) : file_{flags}, left_{count} {}

    measurement run() {
        const std::int64_t count = left_;
        const family_timer timer;
        for (unsigned i = 0; i < queue_depth && left_ > 0; ++i)
            start(i);
        while (under_way_ > 0)
            ring_.turn([this](const io_uring_cqe& completion) { finish(completion); });
        return timer.per_operation(count);
    }

private:
    void start(unsigned place) {
        blocks_[place] = file_.next_block();
        io_uring_sqe& entry = ring_.next();
        entry.opcode = IORING_OP_READ;
        entry.fd = file_.descriptor();
        entry.addr = reinterpret_cast<std::uint64_t>(buffers_.blocks[place]);
        entry.len = read_size;
        entry.off = static_cast<std::uint64_t>(numbered_file::offset_of(blocks_[place]));
        entry.user_data = place;
        ++under_way_;
        --left_;
    }

    void finish(const io_uring_cqe& completion) {
        const auto place = static_cast<unsigned>(completion.user_data);
        numbered_file::check(buffers_.blocks[place], blocks_[place], completion.res);
        --under_way_;
        if (left_ > 0) start(place);
    }

    numbered_file file_;
    std::int64_t left_;
    std::int64_t under_way_ = 0;
    std::int64_t blocks_[queue_depth]{};
    read_buffers buffers_;
    floor_of::ring ring_{64};
};

measurement cached_qd1(std::int64_t count) { return read_in_turn(count, 0); }
measurement direct_qd1(std::int64_t count) { return read_in_turn(count, O_DIRECT); }

measurement direct_qd32(std::int64_t count) { return queued_reads{O_DIRECT, count}.run(); }

// What the cache has needs no queue: there is no waiting that reads could share.
constexpr entry entries[]{
    {"spawn_process", spawn_process, spawns_default}, {"file_cached_qd1", cached_qd1, 200'000},
    {"file_cached_qd32", cached_qd1, 200'000},        {"file_direct_qd1", direct_qd1, 4'000},
    {"file_direct_qd32", direct_qd32, 20'000},
};

}  // namespace

int main(int argc, char** argv) { return run(argc, argv, "posix_spawn, pread, io_uring", entries); }
