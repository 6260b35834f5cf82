// SPDX-License-Identifier: MIT
#pragma once

// What a listener owns.

#include "open_file.hpp"

#include <patio/io/listener.hpp>

#include <sys/stat.h>

namespace patio::detail {

/// A bound socket that listens, and the file of a Unix socket.
struct listening_socket {
    listening_socket(const endpoint& at, const listen_options& options);
    listening_socket(const listening_socket&) = delete;
    listening_socket& operator=(const listening_socket&) = delete;
    ~listening_socket() { close(); }

    void close() noexcept;

    endpoint local;
    open_file socket;
    bool is_accepting = false;

private:
    void bind_to(const file_descriptor& made, const endpoint& at);
    void remove_file() const noexcept;

    // Which file this socket has made: another server may have replaced it since.
    dev_t device_ = 0;
    ino_t inode_ = 0;
};

}  // namespace patio::detail
