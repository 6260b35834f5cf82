// SPDX-License-Identifier: MIT
#pragma once

// The driver for kernels that refuse io_uring (containers, sysctl), with the same behaviour.

#include "file_descriptor.hpp"

#include <patio/core/loop.hpp>

namespace patio::detail {

/// Waits with epoll(7).
class epoll_driver final : public driver {
public:
    /// **Fails** with std::system_error.
    epoll_driver();

    [[nodiscard]] const char* name() const noexcept override { return "epoll"; }
    void wait(duration timeout, expecting what) noexcept override;
    void poll() noexcept override;
    void wake() noexcept override;

private:
    file_descriptor epoll_;
    file_descriptor wake_event_;
};

}  // namespace patio::detail
