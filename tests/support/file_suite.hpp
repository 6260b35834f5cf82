// SPDX-License-Identifier: MIT
#pragma once

// What tests of open files share.

#include "drivers.hpp"
#include "scratch.hpp"

#include <patio/io/file.hpp>

#include <patio/patio.hpp>

#include <gtest/gtest.h>

#include <exception>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace patio::test_support {

using namespace std::chrono_literals;

/// A descriptor of the test's own, past Patio.
class plain_descriptor {
public:
    plain_descriptor(const std::string& path, int flags) : fd_{::open(path.c_str(), flags)} {
        EXPECT_GE(fd_, 0) << path;
    }
    plain_descriptor(const plain_descriptor&) = delete;
    plain_descriptor& operator=(const plain_descriptor&) = delete;
    ~plain_descriptor() { ::close(fd_); }
    void put(const std::string& text) const {
        EXPECT_EQ(::write(fd_, text.data(), text.size()), static_cast<ssize_t>(text.size()));
    }
    /// Writes it to the disk and takes it out of the page cache.
    void forget() const {
        ::fsync(fd_);
        EXPECT_EQ(::posix_fadvise(fd_, 0, 0, POSIX_FADV_DONTNEED), 0);
    }

private:
    int fd_;
};

/// What an operation failed with; "" if it did not.
inline async<std::string> failure_of(async<> operation) {
    try {
        co_await std::move(operation);
    } catch (const std::exception& failure) {
        co_return failure.what();
    }
    co_return "";
}

/// The code of what an operation failed with.
inline async<std::error_code> code_of(async<> operation) {
    try {
        co_await std::move(operation);
    } catch (const patio::error& failure) {
        co_return failure.code();
    }
    co_return std::error_code{};
}

inline async<> open_and_close(std::string path, file_options options) {
    file opened = co_await file::open(std::move(path), options);
    co_await opened.close();
}

inline async<> read_byte(file& source) {
    char byte = 0;
    static_cast<void>(co_await source.read_some(patio::byte_span{&byte, 1}));
}

/// Waits for a task's end, whatever that is.
template <class T>
async<> settle(const patio::task<T>& task) {
    try {
        co_await task;
    } catch (const patio::task_cancelled&) {  // one of the expected ways
    }
}

inline async<> two_turns() {
    co_await patio::sleep(1ms);
    co_await patio::yield();
}

/// Waits until a thread of the pool stands in read(2): proc(5), /proc/pid/syscall. Where the kernel
/// does not say so, long enough.
inline async<> until_a_thread_reads() {
    for (int i = 0; i < 10'000; ++i) {
        for (const auto& entry : std::filesystem::directory_iterator{"/proc/self/task"}) {
            const std::string thread = entry.path().filename();
            if (thread == std::to_string(::getpid())) continue;
            const std::string call = scratch_directory::content_of(entry.path() / "syscall");
            if (call.starts_with(std::to_string(SYS_read) + " ")) co_return;
        }
        co_await patio::sleep(100us);
    }
}

/// The base of suites about files, with a scratch directory.
class file_suite : public on_each_driver {
protected:
    template <class Main>
    auto run(Main main) {
        return patio::run(main(), options());
    }
    /// A FIFO: reading it waits until somebody writes.
    [[nodiscard]] std::string make_fifo() const {
        const std::string path = scratch_ / "fifo";
        EXPECT_EQ(::mkfifo(path.c_str(), 0600), 0);
        return path;
    }

    /// Waits until the kernel, or a thread, waits for what a task reads.
    static async<> until_it_waits() {
        if (is_uring()) return two_turns();
        return until_a_thread_reads();
    }

    scratch_directory scratch_;
};

}  // namespace patio::test_support
