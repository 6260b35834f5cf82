// SPDX-License-Identifier: MIT
#pragma once

// What the programs share that need no load: processes to start and files to read. Each prints its
// CPU time for one operation, as the programs of bench/micro, and on stderr the wall time.

#include "../support/harness.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace bench {

inline constexpr const char* program_to_spawn = "/bin/true";
inline constexpr std::int64_t spawns_default = 200;
inline constexpr std::size_t read_size = 4096;
inline constexpr std::int64_t file_reads = 8192;  // 32 MiB in all
inline constexpr unsigned queue_depth = 32;

/// Measures CPU time, that of the children which have ended with it, and wall time.
class family_timer {
public:
    [[nodiscard]] measurement per_operation(std::int64_t operations) const {
        const auto each = 1 / static_cast<double>(operations);
        const auto wall_ns = static_cast<double>(now_ns() - begin_wall_ns_) * each;
        std::fprintf(stderr, "wall_ns %.0f\n", wall_ns);
        return {static_cast<double>(cpu_ns() - begin_cpu_ns_) * each, "ns"};
    }

private:
    static std::int64_t cpu_ns() {
        rusage children{};
        getrusage(RUSAGE_CHILDREN, &children);
        const auto of = [](const timeval& time) {
            return (std::int64_t{time.tv_sec} * 1'000'000 + time.tv_usec) * 1'000;
        };
        return clock_ns(CLOCK_PROCESS_CPUTIME_ID) + of(children.ru_utime) + of(children.ru_stime);
    }

    std::int64_t begin_wall_ns_ = now_ns();
    std::int64_t begin_cpu_ns_ = cpu_ns();
};

/// A file for random reads, without a name, in the directory of temporary files. Each of its
/// blocks begins with its own number.
class numbered_file {
public:
    /// With O_DIRECT each read goes to the device, and the status is 3 where there is none.
    explicit numbered_file(int flags) {
        const char* place = std::getenv("TMPDIR");
        std::string path = std::string{place != nullptr ? place : "/var/tmp"} + "/bench-XXXXXX";
        const int made = mkstemp(path.data());
        expect(made >= 0, "a temporary file can be made");
        write_all(made);
        close(made);
        descriptor_ = open(path.c_str(), O_RDONLY | O_CLOEXEC | flags);
        unlink(path.c_str());
        if (descriptor_ < 0) std::exit(3);
    }
    numbered_file(const numbered_file&) = delete;
    numbered_file& operator=(const numbered_file&) = delete;
    ~numbered_file() { close(descriptor_); }

    [[nodiscard]] int descriptor() const { return descriptor_; }

    /// The block that comes next: in an order that no read-ahead guesses.
    std::int64_t next_block() { return next_ = (next_ * 4801 + 1) % file_reads; }

    static std::int64_t offset_of(std::int64_t block) {
        return block * static_cast<std::int64_t>(read_size);
    }

    static void check(const void* bytes, std::int64_t block, std::int64_t count) {
        std::int64_t found = 0;
        std::memcpy(&found, bytes, sizeof found);
        expect(count == static_cast<std::int64_t>(read_size) && found == block,
               "the read gives the block");
    }

private:
    static void write_all(int to) {
        alignas(4096) static char block[read_size];
        for (std::int64_t i = 0; i < file_reads; ++i) {
            std::memcpy(block, &i, sizeof i);
            expect(write(to, block, read_size) == static_cast<ssize_t>(read_size), "disk space");
        }
        expect(fsync(to) == 0, "the file can be written");
    }

    int descriptor_ = -1;
    std::int64_t next_ = 0;
};

/// Memory as direct reads need it, a block for each place in the queue.
struct read_buffers {
    alignas(4096) char blocks[queue_depth][read_size];
};

}  // namespace bench
