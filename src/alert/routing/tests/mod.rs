mod bed;
mod chains;
mod configuration;
mod hours;
mod kept_back;
mod properties;
mod repeats;
mod routes;
