// SPDX-License-Identifier: MIT
// expect-status: SIGABRT
// expect-stderr: ^patio: a permit is given back to a bounded semaphore that has all its permits
// back
#include <patio/core/sync/semaphore.hpp>

int main() {
    patio::bounded_semaphore seats{1};
    const auto permit = seats.try_acquire();
    seats.release();
}
