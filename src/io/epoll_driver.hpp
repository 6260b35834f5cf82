// SPDX-License-Identifier: MIT
#pragma once

// The driver for kernels that refuse io_uring (containers, sysctl), with the same behaviour.

#include "io_driver.hpp"

namespace patio::detail {

/// Waits with epoll(7).
class PATIO_EXPORT epoll_driver final : public io_driver {  // exported for tests only
public:
    /// **Fails** with std::system_error.
    epoll_driver();

    [[nodiscard]] const char* name() const noexcept override { return "epoll"; }
    void wait(duration timeout, expecting what) noexcept override;
    void poll() noexcept override;

private:
    bool arm(fd_state& file) noexcept override;
    void disarm(fd_state& file) noexcept override;
    void take_events(duration timeout) noexcept;

    file_descriptor epoll_;
};

}  // namespace patio::detail
