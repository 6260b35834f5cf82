// SPDX-License-Identifier: MIT
#pragma once

// A disk that is full, for this process.

#include <csignal>

#include <sys/resource.h>

namespace chat_test {

/// No file grows beyond so many bytes while it lives: setrlimit(2), RLIMIT_FSIZE.
class full_disk {
public:
    explicit full_disk(rlim_t bytes_max) {
        std::signal(SIGXFSZ, SIG_IGN);  // writing fails then, instead of ending the process
        ::getrlimit(RLIMIT_FSIZE, &before_);
        rlimit less = before_;
        less.rlim_cur = bytes_max;
        ::setrlimit(RLIMIT_FSIZE, &less);
    }
    full_disk(const full_disk&) = delete;
    full_disk& operator=(const full_disk&) = delete;
    ~full_disk() { ::setrlimit(RLIMIT_FSIZE, &before_); }

private:
    rlimit before_{};
};

}  // namespace chat_test
