-- One database each: Prefect and the ledger both have a table named `events`.
CREATE DATABASE prefect;
CREATE DATABASE ledger;
