// SPDX-License-Identifier: MIT

// The benchmarks for libuv that need no load.

#include "programs.hpp"

#include <uv.h>

namespace {

using namespace bench;

struct spawner {
    uv_loop_t* loop = uv_default_loop();
    uv_process_t process{};
    std::int64_t left = 0;

    void start() {
        static char name[] = "true";
        static char* arguments[]{name, nullptr};
        uv_process_options_t options{};
        options.file = program_to_spawn;
        options.args = arguments;
        options.exit_cb = [](uv_process_t* ended, std::int64_t status, int) {
            expect(status == 0, "the program ends well");
            uv_close(reinterpret_cast<uv_handle_t*>(ended), [](uv_handle_t* closed) {
                auto& self = *static_cast<spawner*>(closed->data);
                if (--self.left > 0) self.start();
            });
        };
        process.data = this;
        expect(uv_spawn(loop, &process, &options) == 0, "the program starts");
    }
};

measurement spawn_process(std::int64_t count) {
    spawner running;
    running.left = count;
    const family_timer timer;
    running.start();
    uv_run(running.loop, UV_RUN_DEFAULT);
    expect(running.left == 0, "all programs ran");
    return timer.per_operation(count);
}

/// Keeps so many reads in the pool's queue: each that ends starts the next.
class queued_reads {
public:
    queued_reads(int flags, std::int64_t count) : file_{flags}, left_{count} {}

    measurement run(unsigned depth) {
        const std::int64_t count = left_;
        const family_timer timer;
        for (unsigned i = 0; i < depth && left_ > 0; ++i) {
            places_[i].owner = this;
            places_[i].buffer = uv_buf_init(buffers_.blocks[i], read_size);
            start(places_[i]);
        }
        uv_run(loop_, UV_RUN_DEFAULT);
        expect(left_ == 0, "all was read");
        return timer.per_operation(count);
    }

private:
    struct place {
        queued_reads* owner;
        uv_fs_t request;
        uv_buf_t buffer;
        std::int64_t block;
    };

    void start(place& at) {
        --left_;
        at.block = file_.next_block();
        at.request.data = &at;
        uv_fs_read(loop_, &at.request, file_.descriptor(), &at.buffer, 1,
                   numbered_file::offset_of(at.block), on_read);
    }

    static void on_read(uv_fs_t* request) {
        place& at = *static_cast<place*>(request->data);
        numbered_file::check(at.buffer.base, at.block, request->result);
        uv_fs_req_cleanup(request);
        if (at.owner->left_ > 0) at.owner->start(at);
    }

    uv_loop_t* loop_ = uv_default_loop();
    numbered_file file_;
    std::int64_t left_;
    place places_[queue_depth]{};
    read_buffers buffers_;
};

template <int Flags, unsigned Depth>
measurement read_file(std::int64_t count) {
    return queued_reads{Flags, count}.run(Depth);
}

constexpr entry entries[]{
    {"spawn_process", spawn_process, spawns_default},
    {"file_cached_qd1", read_file<0, 1>, 20'000},
    {"file_cached_qd32", read_file<0, queue_depth>, 50'000},
    {"file_direct_qd1", read_file<O_DIRECT, 1>, 4'000},
    {"file_direct_qd32", read_file<O_DIRECT, queue_depth>, 20'000},
};

}  // namespace

int main(int argc, char** argv) {
    const std::string uv_about = std::string{"libuv "} + uv_version_string();
    return run(argc, argv, uv_about.c_str(), entries);
}
