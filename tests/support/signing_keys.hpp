// SPDX-License-Identifier: LGPL-2.1-or-later
// Two fixed keys for modules whose certificates are part of test cases. For tests only;
// nothing trusts them.
#pragma once

#include <string_view>

namespace kmodpp::test {

/// In PEM.
struct SigningKey {
    std::string_view name;
    std::string_view key;
    std::string_view certificate;
};

inline constexpr SigningKey kSigningKeys[] = {
    {"owner",
     "-----BEGIN EC PRIVATE KEY-----\n"
     "MHcCAQEEINOd4r7Cj2AjKDJdXNZsBxwKGJQsYc2Hd9TtrNxMUiicoAoGCCqGSM49\n"
     "AwEHoUQDQgAE5auxOoLqXj+6QeGfMdCvoDXea5VtApLMfEho1zOFiJwfh6dfTgWK\n"
     "3fO7auVxUmijWJhSLbj0c5t8mSonsNqmPw==\n"
     "-----END EC PRIVATE KEY-----\n",
     "-----BEGIN CERTIFICATE-----\n"
     "MIIBPDCB46ADAgECAgIKATAKBggqhkjOPQQDAjAVMRMwEQYDVQQDDApUZXN0IE93\n"
     "bmVyMCAXDTI2MTEyMTE4NDcwMloYDzIxMjYxMDI4MTg0NzAyWjAVMRMwEQYDVQQD\n"
     "DApUZXN0IE93bmVyMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE5auxOoLqXj+6\n"
     "QeGfMdCvoDXea5VtApLMfEho1zOFiJwfh6dfTgWK3fO7auVxUmijWJhSLbj0c5t8\n"
     "mSonsNqmP6MhMB8wHQYDVR0OBBYEFFNL+u3GuHqes1rZIWEjtgf/XGMoMAoGCCqG\n"
     "SM49BAMCA0gAMEUCIAIDHy8pdmLoPFDxgl6cx5shCnYJgkYbquCYSFJrPKaEAiEA\n"
     "mfLKnrR42jaz48GIKALJOAsDoYaSRDItvOG3O7lkBys=\n"
     "-----END CERTIFICATE-----\n"},
    {"stranger",
     "-----BEGIN EC PRIVATE KEY-----\n"
     "MHcCAQEEIMxTHZNFEF6ci+N9XsAyChXIegWS19edI4hzpoVwW8zloAoGCCqGSM49\n"
     "AwEHoUQDQgAEEORHq+RQf15FXwG478piJsFDvAXlIk14YJDf2ZxDxUb8Z+hyhyVv\n"
     "w8d07msL1iGC4LCSaC7lQuVSQX6WgDV1cw==\n"
     "-----END EC PRIVATE KEY-----\n",
     "-----BEGIN CERTIFICATE-----\n"
     "MIIBQjCB6aADAgECAgILAjAKBggqhkjOPQQDAjAYMRYwFAYDVQQDDA1UZXN0IFN0\n"
     "cmFuZ2VyMCAXDTI2MTEyMTE4NDcwM1oYDzIxMjYxMDI4MTg0NzAzWjAYMRYwFAYD\n"
     "VQQDDA1UZXN0IFN0cmFuZ2VyMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEORH\n"
     "q+RQf15FXwG478piJsFDvAXlIk14YJDf2ZxDxUb8Z+hyhyVvw8d07msL1iGC4LCS\n"
     "aC7lQuVSQX6WgDV1c6MhMB8wHQYDVR0OBBYEFOkby8JSnMlhhpPoMxR1HElRa7U8\n"
     "MAoGCCqGSM49BAMCA0gAMEUCIC7Zrl1ZqPIaWm+gVvCDeHacPRYa2VUsKLIVaFqR\n"
     "EmlLAiEA/oUPdSVXZUyE9SQnJcMtWw4PXIt0eiYDwzjT3D0zsus=\n"
     "-----END CERTIFICATE-----\n"},
};

}  // namespace kmodpp::test
