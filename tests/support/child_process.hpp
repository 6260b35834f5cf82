// SPDX-License-Identifier: MIT
#pragma once

// A child of the test process that runs one function, is sent signals, and tells how it ended.

#include <functional>
#include <string>

#include <sys/types.h>

namespace patio::test_support {

/// Forks; the child calls `body` and exits with what it returns, without running anything of the
/// test framework. Standard output and standard error of the child can be read.
///
/// To be used while the test process has no other threads.
class child_process {
public:
    explicit child_process(const std::function<int()>& body);
    child_process(const child_process&) = delete;
    child_process& operator=(const child_process&) = delete;
    /// Kills it if it still runs.
    ~child_process();

    void send(int signal) const;
    /// Reads on until `text` has come. False if the child closed its output before.
    bool wait_for_output(const std::string& text);
    /// Waits for its end.
    void wait();

    /// The exit status, or -1 if a signal ended it. After `wait()`.
    [[nodiscard]] int exit_status() const;
    /// The signal that ended it, or 0. After `wait()`.
    [[nodiscard]] int ended_by_signal() const;
    /// All that it has printed; complete after `wait()`.
    [[nodiscard]] const std::string& output() const { return output_; }

private:
    bool read_some();

    pid_t pid_ = -1;
    int pipe_ = -1;
    int status_ = 0;
    std::string output_;
};

}  // namespace patio::test_support
