// SPDX-License-Identifier: MIT
#pragma once

// TLS on any stream: all of the room.

#include <patio/tls/client_context.hpp>
#include <patio/tls/server_context.hpp>
#include <patio/tls/tls_error.hpp>
#include <patio/tls/tls_info.hpp>
