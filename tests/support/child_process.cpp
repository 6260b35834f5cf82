// SPDX-License-Identifier: MIT

#include "support/child_process.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <exception>
#include <system_error>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace patio::test_support {

namespace {

[[noreturn]] void run_child(const std::function<int()>& body, int output) {
    ::dup2(output, STDOUT_FILENO);
    ::dup2(output, STDERR_FILENO);
    ::close(output);
    const rlimit no_core{};
    ::setrlimit(RLIMIT_CORE, &no_core);
    int status = 1;
    try {
        status = body();
    } catch (const std::exception& error) {
        std::printf("exception: %s\n", error.what());
    }
    std::fflush(nullptr);
    ::_exit(status);
}

}  // namespace

child_process::child_process(const std::function<int()>& body) {
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) throw std::system_error{errno, std::generic_category(), "pipe"};
    std::fflush(nullptr);
    pid_ = ::fork();
    if (pid_ < 0) throw std::system_error{errno, std::generic_category(), "fork"};
    if (pid_ == 0) {
        ::close(ends[0]);
        run_child(body, ends[1]);
    }
    ::close(ends[1]);
    pipe_ = ends[0];
}

child_process::~child_process() {
    if (pid_ > 0) {
        ::kill(pid_, SIGKILL);
        wait();
    }
    ::close(pipe_);
}

void child_process::send(int signal) const {
    if (pid_ > 0) ::kill(pid_, signal);  // -1 would mean every process
}

bool child_process::read_some() {
    std::array<char, 4096> buffer{};
    const ssize_t count = ::read(pipe_, buffer.data(), buffer.size());
    if (count <= 0) return false;
    output_.append(buffer.data(), static_cast<std::size_t>(count));
    return true;
}

bool child_process::wait_for_output(const std::string& text) {
    while (output_.find(text) == std::string::npos) {
        if (!read_some()) return false;
    }
    return true;
}

void child_process::wait() {
    while (read_some()) {}
    while (::waitpid(pid_, &status_, 0) < 0 && errno == EINTR) {}
    pid_ = -1;
}

int child_process::exit_status() const { return WIFEXITED(status_) ? WEXITSTATUS(status_) : -1; }
int child_process::ended_by_signal() const { return WIFSIGNALED(status_) ? WTERMSIG(status_) : 0; }

}  // namespace patio::test_support
