// SPDX-License-Identifier: MIT
#pragma once

// What a listener owns.

#include "open_file.hpp"
#include "socket_file.hpp"

#include <patio/io/listener.hpp>

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
    socket_file file_;
};

}  // namespace patio::detail
